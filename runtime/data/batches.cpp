#include <backflow/runtime/data/batches.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include <backflow/graph/error.h>
#include <backflow/graph/random.h>

namespace backflow::data {
namespace {

constexpr std::int64_t kMostParts = 64;

/// Fisher and Yates; two draws of 64 bits from each block of random words, so that the bias of % is below n / 2⁶⁴.
void shuffle(std::vector<std::uint32_t>& order, std::uint64_t seed, std::uint32_t epoch) {
  const std::uint32_t stream = stream_of("batches");
  std::array<std::uint32_t, 4> words{};
  for (std::size_t i = order.size(), draw = 0; i > 1; --i, ++draw) {
    if (draw % 2 == 0) words = random_words(seed, stream, epoch, draw / 2);
    const std::size_t pair = draw % 2 * 2;
    const std::uint64_t bits = std::uint64_t{words[pair]} << 32 | words[pair + 1];
    std::swap(order[i - 1], order[bits % i]);
  }
}

}  // namespace

Batches::Batches(const Dataset& data, std::int64_t batch, std::uint64_t seed, bool shuffle, bool drop_last)
    : data_(data),
      shape_(data.input_shape()),
      length_(static_cast<std::size_t>(elements(shape_))),
      parts_(data.reads_slowly() ? static_cast<std::size_t>(std::clamp<std::int64_t>(batch, 1, kMostParts)) : 1),
      batch_(batch),
      seed_(seed),
      shuffle_(shuffle),
      drop_last_(drop_last) {
  require(batch >= 1, "[batches] a batch needs at least 1 sample, got ", batch);
  require(!drop_last || data.size() >= static_cast<std::size_t>(batch), "[batches] ", data.size(),
          " samples make no batch of ", batch, "; the last one is dropped");
}

std::size_t Batches::count() const {
  const auto batch = static_cast<std::size_t>(batch_);
  return data_.size() / batch + (data_.size() % batch != 0 && !drop_last_);
}

std::int64_t Batches::size_of(std::size_t index) const {
  require(index < count(), "[batches] batch ", index, " of ", count());
  return std::min(batch_, static_cast<std::int64_t>(data_.size()) - static_cast<std::int64_t>(index) * batch_);
}

void Batches::start(Epoch& epoch, std::uint32_t number) const {
  epoch.number = number;
  epoch.order.resize(data_.size());
  std::iota(epoch.order.begin(), epoch.order.end(), 0);
  if (shuffle_) shuffle(epoch.order, seed_, number);
}

void Batches::fill(const Epoch& epoch, std::size_t index, float* inputs, std::int32_t* labels, float* targets,
                   const MixedLabels& mixed) const {
  for (std::size_t part = 0; part < parts_; ++part) fill_part(epoch, index, part, inputs, labels, targets, mixed);
}

void Batches::fill_part(const Epoch& epoch, std::size_t index, std::size_t part, float* inputs, std::int32_t* labels,
                        float* targets, const MixedLabels& mixed) const {
  require(epoch.order.size() == data_.size(), "[batches] the epoch was not started");
  const auto first = index * static_cast<std::size_t>(batch_);
  const auto n = static_cast<std::size_t>(size_of(index)), numbers = static_cast<std::size_t>(target_count());
  for (std::size_t i = part; i < n; i += parts_) {
    const std::size_t sample = epoch.order[first + i];
    data_.read(sample, epoch.number, {inputs + i * length_, length_});
    if (numbers == 0)
      labels[i] = data_.label(sample);
    else
      data_.read_target(sample, {targets + i * numbers, numbers});
    if (!mixed.others) continue;
    const MixedLabel label = data_.mixed_label(sample, epoch.number);
    mixed.others[i] = label.other;
    mixed.shares[i] = label.share;
  }
}

}  // namespace backflow::data
