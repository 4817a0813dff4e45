#include <backflow/runtime/data/augment.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include <backflow/graph/random.h>

namespace backflow::data {
namespace {

/// Logarithmic, so that wide and high ones are as likely.
float random_proportion(SampleRandom& random, float most) {
  const float bound = std::log(most);
  return std::exp(random.between(-bound, bound));
}

void crop_somewhere(AugmentImage& image, SampleRandom& random, float least_area) {
  const float area = random.between(least_area, 1), proportion = random_proportion(random, 4.0F / 3);
  const auto width = static_cast<float>(image.width()), height = static_cast<float>(image.height());
  const float w = width * std::min(std::sqrt(area * proportion), 1.0F);
  const float h = height * std::min(std::sqrt(area / proportion), 1.0F);
  const float x = random.between(0, width - w), y = random.between(0, height - h);
  crop(image, x, y, w, h);
}

void erase_somewhere(AugmentImage& image, SampleRandom& random) {
  const auto pixels = static_cast<float>(image.width() * image.height());
  const float area = pixels * random.between(0.02F, 0.33F), proportion = random_proportion(random, 10.0F / 3);
  const auto side = [](float length, std::int64_t most) {
    return std::clamp<std::int64_t>(std::lround(length), 1, most);
  };
  const std::int64_t w = side(std::sqrt(area * proportion), image.width());
  const std::int64_t h = side(std::sqrt(area / proportion), image.height());
  const std::int64_t x = random.whole(0, image.width() - w), y = random.whole(0, image.height() - h);
  erase(image, x, y, w, h);
}

/// Of Beta(α, α), α ≤ 1 (Jöhnk 1964).
float random_share(SampleRandom& random, float alpha) {
  for (;;) {
    const float a = std::pow(random.uniform(), 1 / alpha), b = std::pow(random.uniform(), 1 / alpha);
    if (a + b > 0 && a + b <= 1) return a / (a + b);
  }
}

/// Begin and length of a part of 0 … n around a place in it.
std::pair<std::int64_t, std::int64_t> part_around(float place, float length, std::int64_t n) {
  const auto begin = std::clamp<std::int64_t>(std::lround(place - length / 2), 0, n);
  const auto end = std::clamp<std::int64_t>(std::lround(place + length / 2), 0, n);
  return {begin, end - begin};
}

}  // namespace

Mixture random_mixture(const Augmentation& augmentation, const Shape& image, std::size_t samples,
                       SampleRandom& random) {
  Mixture m;
  m.partner = random.below(static_cast<std::uint32_t>(samples));
  const bool cuts = augmentation.cutmix > 0 && (augmentation.mixup == 0 || random.chance(0.5F));
  m.share = random_share(random, cuts ? augmentation.cutmix : augmentation.mixup);
  if (!cuts) return m;
  const auto height = static_cast<float>(image[1]), width = static_cast<float>(image[2]);
  const float side = std::sqrt(1 - m.share);
  std::tie(m.x, m.width) = part_around(width * random.uniform(), width * side, image[2]);
  std::tie(m.y, m.height) = part_around(height * random.uniform(), height * side, image[1]);
  m.share = 1 - static_cast<float>(m.width * m.height) / (width * height);
  return m;
}

float SampleRandom::uniform() {
  const std::uint32_t place = drawn_ % 4;
  if (place == 0) words_ = random_words(seed_, stream_, epoch_, std::uint64_t{sample_} << 32 | drawn_ / 4);
  ++drawn_;
  return unit_uniform(words_[place]);
}

std::uint32_t SampleRandom::below(std::uint32_t n) {
  uniform();
  return static_cast<std::uint32_t>(std::uint64_t{words_[(drawn_ - 1) % 4]} * n >> 32);
}

std::int64_t SampleRandom::whole(std::int64_t low, std::int64_t high) {
  const auto offset = static_cast<std::int64_t>(uniform() * static_cast<float>(high - low + 1));
  return std::min(low + offset, high);
}

AugmentStep random_crop(float least_area) {
  return {"crop", [=](AugmentImage& image, SampleRandom& random) { crop_somewhere(image, random, least_area); }};
}

AugmentStep random_flip(float probability) {
  return {"flip", [=](AugmentImage& image, SampleRandom& random) {
            if (random.chance(probability)) flip(image);
          }};
}

AugmentStep random_shift(std::int64_t pixels) {
  return {"shift", [=](AugmentImage& image, SampleRandom& random) {
            const std::int64_t right = random.whole(-pixels, pixels), down = random.whole(-pixels, pixels);
            shift(image, right, down);
          }};
}

AugmentStep random_rotation(float degrees) {
  return {"rotate",
          [=](AugmentImage& image, SampleRandom& random) { rotate(image, random.between(-degrees, degrees)); }};
}

AugmentStep random_colours(float brightness, float contrast, float saturation) {
  return {"jitter", [=](AugmentImage& image, SampleRandom& random) {
            const auto factor = [&](float amount) { return random.between(1 - amount, 1 + amount); };
            if (brightness > 0) brighten(image, factor(brightness));
            if (contrast > 0) adjust_contrast(image, factor(contrast));
            if (saturation > 0) adjust_saturation(image, factor(saturation));
          }};
}

AugmentStep random_grey(float probability) {
  return {"grey", [=](AugmentImage& image, SampleRandom& random) {
            if (random.chance(probability)) adjust_saturation(image, 0);
          }};
}

AugmentStep random_erasing(float probability) {
  return {"erase", [=](AugmentImage& image, SampleRandom& random) {
            if (random.chance(probability)) erase_somewhere(image, random);
          }};
}

}  // namespace backflow::data
