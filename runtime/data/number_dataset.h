// Samples of another data set with a number to predict of each, in place of a class.
#pragma once

#include <memory>
#include <vector>

#include <backflow/runtime/data/derived_dataset.h>

namespace backflow::data {

class NumberDataset final : public DerivedDataset {
 public:
  /// The label of a sample of `base` is the place of its number in `numbers`. Numbers are standardised with the mean
  /// and the deviation of all samples, or as `like` says, the training set's. Throws an Error if a number is not
  /// finite or a label is no place.
  NumberDataset(std::shared_ptr<const Dataset> base, std::vector<double> numbers,
                const Standardization* like = nullptr);

  int class_count() const override { return 0; }
  std::int32_t label(std::size_t /*sample*/) const override { return 0; }
  std::int64_t target_count() const override { return 1; }
  void read_target(std::size_t sample, std::span<float> target) const override;
  Standardization target_standardization() const override { return targets_; }
  std::vector<std::string> class_names() const override { return {}; }

 private:
  double number(std::size_t sample) const { return numbers_[static_cast<std::size_t>(base_->label(sample))]; }

  std::vector<double> numbers_;
  Standardization targets_;  // [1]
};

}  // namespace backflow::data
