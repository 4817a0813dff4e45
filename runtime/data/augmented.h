// A data set of images that a network never sees twice the same.
#pragma once

#include <memory>

#include <backflow/runtime/data/augment.h>
#include <backflow/runtime/data/derived_dataset.h>

namespace backflow::data {

/// Each sample of each epoch is changed in its own way: the same bits for the same seed, whatever reads them when.
class Augmented final : public DerivedDataset {
 public:
  /// The images of `base` are changed as pixels in 0 … 1, then standardised again. Throws an Error if they are none, or
  /// if numbers are predicted of mixtures.
  Augmented(std::shared_ptr<const Dataset> base, Augmentation augmentation, std::uint64_t seed = 1);

  void read(std::size_t sample, std::uint32_t epoch, std::span<float> input) const override;
  bool reads_slowly() const override { return true; }
  bool mixes() const override { return augmentation_.mixes(); }
  MixedLabel mixed_label(std::size_t sample, std::uint32_t epoch) const override;

 private:
  /// The sample after all steps, as pixels.
  void change(std::size_t sample, std::uint32_t epoch, AugmentImage& image) const;
  Mixture mixture(std::size_t sample, std::uint32_t epoch) const;

  Augmentation augmentation_;
  std::vector<std::uint32_t> streams_;  // of random numbers, for each step
  std::uint64_t seed_;
  Shape shape_;
  Standardization standardization_;  // with a number for each channel
};

}  // namespace backflow::data
