// What was computed of labelled samples, in memory.
#pragma once

#include <backflow/runtime/data/dataset.h>

namespace backflow::data {

class FeatureDataset final : public Dataset {
 public:
  /// Of the labels and classes of `data`, each of this shape; the numbers are still zero.
  FeatureDataset(const Dataset& data, Shape shape);

  std::vector<float> values;  // [N, …shape], as batches have them

  std::size_t size() const override { return labels_.size(); }
  Shape input_shape() const override { return shape_; }
  int class_count() const override { return classes_; }
  std::int32_t label(std::size_t sample) const override { return labels_[sample]; }
  void read(std::size_t sample, std::uint32_t epoch, std::span<float> input) const override;
  std::int64_t target_count() const override { return target_count_; }
  void read_target(std::size_t sample, std::span<float> target) const override;
  Standardization target_standardization() const override { return target_standardization_; }
  std::vector<std::string> class_names() const override { return names_; }

 private:
  Shape shape_;
  std::vector<std::int32_t> labels_;
  int classes_;
  std::int64_t target_count_;
  std::vector<float> targets_;  // [N, T]
  Standardization target_standardization_;
  std::vector<std::string> names_;
};

}  // namespace backflow::data
