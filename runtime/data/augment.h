// Random changes of training images, in steps that can be combined: the same seed, sample and epoch give the same
// image.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <vector>

#include <backflow/runtime/data/augment_image.h>

namespace backflow::data {

/// The random numbers of one step for one sample in one epoch: a pure function of these and of how many were drawn.
class SampleRandom {
 public:
  SampleRandom(std::uint64_t seed, std::uint32_t stream, std::uint32_t epoch, std::uint32_t sample)
      : seed_(seed), stream_(stream), epoch_(epoch), sample_(sample) {}

  /// [0, 1).
  float uniform();
  float between(float low, float high) { return low + (high - low) * uniform(); }
  /// A whole number, `low` and `high` among them.
  std::int64_t whole(std::int64_t low, std::int64_t high);
  /// 0 … n − 1.
  std::uint32_t below(std::uint32_t n);
  bool chance(float probability) { return uniform() < probability; }

 private:
  std::uint64_t seed_;
  std::uint32_t stream_, epoch_, sample_, drawn_ = 0;
  std::array<std::uint32_t, 4> words_{};
};

/// Const: several threads change images at once.
struct AugmentStep {
  std::string name;  // with its place it keys the random numbers
  std::function<void(AugmentImage&, SampleRandom&)> change;
};

/// Steps, one after the other, and perhaps a mixture of two images that they made.
struct Augmentation {
  std::vector<AugmentStep> steps;
  /// Of Beta(α, α), which the share of the first image is drawn from, in (0, 1]; 0: no such mixture. With both each
  /// image is mixed in one of the two ways.
  float mixup = 0, cutmix = 0;

  bool mixes() const { return mixup > 0 || cutmix > 0; }
};

/// How a sample is mixed with another one.
struct Mixture {
  std::uint32_t partner = 0;
  float share = 1;  // of the sample; the rest is the partner's
  /// Of cutmix: the part where the partner is seen; of mixup nothing, both are seen everywhere.
  std::int64_t x = 0, y = 0, width = 0, height = 0;
};

/// Draws the partner among `samples`, and how much of an image [C, H, W] is its: mixup (Zhang et al. 2018,
/// arXiv:1710.09412) or cutmix (Yun et al. 2019, arXiv:1905.04899).
Mixture random_mixture(const Augmentation& augmentation, const Shape& image, std::size_t samples, SampleRandom& random);

/// A part of at least this share of the area, its sides in a proportion of 3:4 … 4:3 of the image's, becomes the image.
AugmentStep random_crop(float least_area);
AugmentStep random_flip(float probability);
/// By up to so many pixels in each direction.
AugmentStep random_shift(std::int64_t pixels);
/// By up to so many degrees in either direction.
AugmentStep random_rotation(float degrees);
/// Brightness, contrast and saturation, each by a factor in 1 − its number … 1 + its number; 0 leaves one as it is.
AugmentStep random_colours(float brightness, float contrast, float saturation);
/// The image as grey, with that probability.
AugmentStep random_grey(float probability);
/// With that probability a rectangle of 2 … 33 % of the area, its sides in a proportion of 3:10 … 10:3, gets the mean
/// colour (Zhong et al. 2017, arXiv:1708.04896).
AugmentStep random_erasing(float probability);

/// Steps by their words, with numbers behind colons, such as "flip,shift:4,jitter:0.4"; "none" has none, "light" and
/// "standard" stand for steps that suit the kind of image; "mixup" and "cutmix" come last, wherever they are.
/// docs/training.md has all words. Throws an OptionError about "augment" for a word or a number that is not known, and
/// for what does not fit images [C, H, W] of this shape.
Augmentation parse_augmentation(const std::string& text, const Shape& image);
/// The same without images, for which it then has to be asked again: what would be wrong with any.
void check_augmentation(const std::string& text);

}  // namespace backflow::data
