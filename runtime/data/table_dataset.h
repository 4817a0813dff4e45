// Rows of a table as samples: features, and a class or a number to predict.
#pragma once

#include <memory>
#include <vector>

#include <backflow/runtime/data/dataset.h>
#include <backflow/runtime/data/table_recipe.h>

namespace backflow::data {

/// A cell takes four bytes; features are made of them when a row is read.
class TableDataset final : public Dataset {
 public:
  /// Without rows yet.
  explicit TableDataset(std::shared_ptr<const TableRecipe> recipe);

  /// Cells as TableCells::read() makes them, and the class or the number to predict, not standardised.
  void add(std::span<const float> cells, std::int32_t label, double target);

  std::size_t size() const override { return labels_.size(); }
  Shape input_shape() const override { return {static_cast<std::int64_t>(recipe_->features())}; }
  int class_count() const override { return static_cast<int>(recipe_->classes.size()); }
  std::int32_t label(std::size_t sample) const override { return labels_[sample]; }
  void read(std::size_t sample, std::uint32_t epoch, std::span<float> input) const override;
  std::int64_t target_count() const override { return recipe_->classes.empty() ? 1 : 0; }
  void read_target(std::size_t sample, std::span<float> target) const override;
  Standardization target_standardization() const override;
  std::vector<std::string> class_names() const override { return recipe_->classes; }
  std::string table_recipe() const override { return to_json(*recipe_); }

 private:
  std::shared_ptr<const TableRecipe> recipe_;
  std::vector<float> cells_;  // [N, columns]
  std::vector<std::int32_t> labels_;
  std::vector<float> targets_;  // standardised; of a regression
};

}  // namespace backflow::data
