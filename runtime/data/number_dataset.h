// Samples of another data set with a number to predict of each, in place of a class.
#pragma once

#include <memory>
#include <vector>

#include <backflow/runtime/data/dataset.h>

namespace backflow::data {

class NumberDataset final : public Dataset {
 public:
  /// The label of a sample of `base` is the place of its number in `numbers`. Numbers are standardised with the mean
  /// and the deviation of all samples, or as `like` says, the training set's. Throws an Error if a number is not
  /// finite or a label is no place.
  NumberDataset(std::shared_ptr<const Dataset> base, std::vector<double> numbers,
                const Standardization* like = nullptr);

  std::size_t size() const override { return base_->size(); }
  Shape input_shape() const override { return base_->input_shape(); }
  int class_count() const override { return 0; }
  std::int32_t label(std::size_t /*sample*/) const override { return 0; }
  void read(std::size_t sample, std::uint32_t epoch, std::span<float> input) const override {
    base_->read(sample, epoch, input);
  }
  std::int64_t target_count() const override { return 1; }
  void read_target(std::size_t sample, std::span<float> target) const override;
  Standardization target_standardization() const override { return targets_; }
  Standardization standardization() const override { return base_->standardization(); }
  bool reads_slowly() const override { return base_->reads_slowly(); }

 private:
  double number(std::size_t sample) const { return numbers_[static_cast<std::size_t>(base_->label(sample))]; }

  std::shared_ptr<const Dataset> base_;
  std::vector<double> numbers_;
  Standardization targets_;  // [1]
};

}  // namespace backflow::data
