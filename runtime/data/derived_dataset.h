// A data set that is made of another one: what it does not say itself, the other one says.
#pragma once

#include <memory>
#include <utility>

#include <backflow/runtime/data/dataset.h>

namespace backflow::data {

/// Samples are those of the base, under the same numbers. Whether and how samples are mixed is not taken over.
class DerivedDataset : public Dataset {
 public:
  explicit DerivedDataset(std::shared_ptr<const Dataset> base) : base_(std::move(base)) {}

  std::size_t size() const override { return base_->size(); }
  Shape input_shape() const override { return base_->input_shape(); }
  int class_count() const override { return base_->class_count(); }
  std::int32_t label(std::size_t sample) const override { return base_->label(sample); }
  void read(std::size_t sample, std::uint32_t epoch, std::span<float> input) const override {
    base_->read(sample, epoch, input);
  }
  std::int64_t target_count() const override { return base_->target_count(); }
  void read_target(std::size_t sample, std::span<float> target) const override { base_->read_target(sample, target); }
  Standardization target_standardization() const override { return base_->target_standardization(); }
  std::vector<std::string> class_names() const override { return base_->class_names(); }
  Standardization standardization() const override { return base_->standardization(); }
  std::string table_recipe() const override { return base_->table_recipe(); }
  bool reads_slowly() const override { return base_->reads_slowly(); }

 protected:
  std::shared_ptr<const Dataset> base_;
};

}  // namespace backflow::data
