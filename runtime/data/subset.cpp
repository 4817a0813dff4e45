#include <backflow/runtime/data/subset.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <backflow/graph/error.h>
#include <backflow/graph/random.h>

namespace backflow::data {
namespace {

/// The first `count` are a random choice: the beginning of Fisher's and Yates' shuffle.
void draw(std::vector<std::uint32_t>& samples, std::size_t count, std::uint64_t seed, std::int32_t label) {
  for (std::size_t i = 0; i < count; ++i) {
    const auto words = random_words(seed, stream_of("stratified"), static_cast<std::uint32_t>(label), i);
    const std::uint64_t bits = std::uint64_t{words[0]} << 32 | words[1];
    std::swap(samples[i], samples[i + bits % (samples.size() - i)]);
  }
}

}  // namespace

Subset::Subset(std::shared_ptr<const Dataset> base, std::vector<std::uint32_t> samples)
    : DerivedDataset(std::move(base)), samples_(std::move(samples)) {
  for (const std::uint32_t sample : samples_)
    require(sample < base_->size(), "[data] sample ", sample, " of ", base_->size());
}

std::vector<std::size_t> class_sizes(const Dataset& data) {
  std::vector<std::size_t> sizes(static_cast<std::size_t>(data.class_count()));
  for (std::size_t i = 0; i < data.size(); ++i) ++sizes[static_cast<std::size_t>(data.label(i))];
  return sizes;
}

std::vector<std::uint32_t> all_samples(std::size_t count) {
  std::vector<std::uint32_t> samples(count);
  std::iota(samples.begin(), samples.end(), 0);
  return samples;
}

Partition stratified(const std::vector<std::int32_t>& labels, double share, std::uint64_t seed) {
  require(share > 0 && share < 1, "[data] a part needs a share above 0 and below 1, got ", share);
  std::map<std::int32_t, std::vector<std::uint32_t>> of_class;
  for (std::size_t i = 0; i < labels.size(); ++i) of_class[labels[i]].push_back(static_cast<std::uint32_t>(i));
  Partition result;
  for (auto& [label, samples] : of_class) {
    const std::size_t n = samples.size();
    const auto wanted = static_cast<std::size_t>(std::lround(share * static_cast<double>(n)));
    const std::size_t taken = n < 2 ? 0 : std::clamp<std::size_t>(wanted, 1, n - 1);
    draw(samples, taken, seed, label);
    const auto border = samples.begin() + static_cast<std::ptrdiff_t>(taken);
    result.part.insert(result.part.end(), samples.begin(), border);
    result.rest.insert(result.rest.end(), border, samples.end());
  }
  std::sort(result.part.begin(), result.part.end());
  std::sort(result.rest.begin(), result.rest.end());
  return result;
}

}  // namespace backflow::data
