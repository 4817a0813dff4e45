#include <backflow/runtime/data/augmented.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/graph/random.h>

namespace backflow::data {
namespace {

void mix(AugmentImage& image, AugmentImage& partner, const Mixture& m) {
  if (m.width == 0 || m.height == 0) {
    const std::span<float> pixels = image.pixels(), others = partner.pixels();
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = m.share * pixels[i] + (1 - m.share) * others[i];
    return;
  }
  for (std::int64_t c = 0; c < image.channels(); ++c)
    for (std::int64_t y = m.y; y < m.y + m.height; ++y) {
      const std::int64_t begin = y * image.width() + m.x;
      std::copy_n(partner.plane(c) + begin, m.width, image.plane(c) + begin);
    }
}

}  // namespace

Augmented::Augmented(std::shared_ptr<const Dataset> base, Augmentation augmentation, std::uint64_t seed)
    : DerivedDataset(std::move(base)),
      augmentation_(std::move(augmentation)),
      seed_(seed),
      shape_(base_->input_shape()),
      standardization_(base_->standardization()) {
  require(shape_.size() == 3, "[augment] needs images [C, H, W], the data have ", to_string(shape_));
  require(!augmentation_.mixes() || base_->target_count() == 0,
          "[augment] mixup and cutmix are for classes, but numbers are predicted");
  const auto channels = static_cast<std::size_t>(shape_[0]);
  if (standardization_.mean.empty()) standardization_.mean.assign(channels, 0);
  if (standardization_.stddev.empty()) standardization_.stddev.assign(channels, 1);
  for (std::size_t i = 0; i < augmentation_.steps.size(); ++i)
    streams_.push_back(stream_of(str_cat("augment.", i, ".", augmentation_.steps[i].name)));
}

void Augmented::change(std::size_t sample, std::uint32_t epoch, AugmentImage& image) const {
  const auto& [mean, stddev] = standardization_;
  base_->read(sample, epoch, image.pixels());
  const std::size_t plane = image.pixels().size() / mean.size();
  for (std::size_t c = 0; c < mean.size(); ++c)
    for (float& v : image.pixels().subspan(c * plane, plane)) v = v * stddev[c] + mean[c];
  for (std::size_t i = 0; i < augmentation_.steps.size(); ++i) {
    SampleRandom random(seed_, streams_[i], epoch, static_cast<std::uint32_t>(sample));
    augmentation_.steps[i].change(image, random);
  }
}

Mixture Augmented::mixture(std::size_t sample, std::uint32_t epoch) const {
  SampleRandom random(seed_, stream_of("augment.mixture"), epoch, static_cast<std::uint32_t>(sample));
  return random_mixture(augmentation_, shape_, size(), random);
}

MixedLabel Augmented::mixed_label(std::size_t sample, std::uint32_t epoch) const {
  if (!mixes()) return Dataset::mixed_label(sample, epoch);
  const Mixture m = mixture(sample, epoch);
  return {label(sample), label(m.partner), m.share};
}

void Augmented::read(std::size_t sample, std::uint32_t epoch, std::span<float> input) const {
  const auto& [mean, stddev] = standardization_;
  AugmentImage image(shape_, mean);
  change(sample, epoch, image);
  if (mixes()) {
    AugmentImage partner(shape_, mean);
    const Mixture m = mixture(sample, epoch);
    change(m.partner, epoch, partner);
    mix(image, partner, m);
  }
  const std::size_t plane = input.size() / mean.size();
  for (std::size_t c = 0; c < mean.size(); ++c) {
    const float *from = image.plane(static_cast<std::int64_t>(c)), scale = 1 / stddev[c], offset = -mean[c] / stddev[c];
    float* to = input.data() + c * plane;
    for (std::size_t i = 0; i < plane; ++i) to[i] = from[i] * scale + offset;
  }
}

}  // namespace backflow::data
