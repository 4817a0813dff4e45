// Some of the samples of a data set.
#pragma once

#include <memory>
#include <vector>

#include <backflow/runtime/data/derived_dataset.h>

namespace backflow::data {

class Subset final : public DerivedDataset {
 public:
  /// Throws an Error if a number is not one of a sample of `base`.
  Subset(std::shared_ptr<const Dataset> base, std::vector<std::uint32_t> samples);

  std::size_t size() const override { return samples_.size(); }
  std::int32_t label(std::size_t sample) const override { return base_->label(samples_[sample]); }
  void read(std::size_t sample, std::uint32_t epoch, std::span<float> input) const override {
    base_->read(samples_[sample], epoch, input);
  }
  void read_target(std::size_t sample, std::span<float> target) const override {
    base_->read_target(samples_[sample], target);
  }
  bool mixes() const override { return base_->mixes(); }
  MixedLabel mixed_label(std::size_t sample, std::uint32_t epoch) const override {
    return base_->mixed_label(samples_[sample], epoch);
  }

 private:
  std::vector<std::uint32_t> samples_;
};

/// How many samples each class has.
std::vector<std::size_t> class_sizes(const Dataset& data);

struct Partition {
  std::vector<std::uint32_t> rest, part;  // numbers of samples, ascending
};

/// 0, 1, … count − 1
std::vector<std::uint32_t> all_samples(std::size_t count);

/// Takes `share` of the samples of each class, rounded, but leaves one and takes one where a class has two. Which ones,
/// is drawn from `seed`. Throws an Error unless 0 < share < 1.
Partition stratified(const std::vector<std::int32_t>& labels, double share, std::uint64_t seed);

// Seeds that are not the run's: other runs on the same data have the same sets.
constexpr std::uint64_t kTestSeed = 1, kValidationSeed = 2;

}  // namespace backflow::data
