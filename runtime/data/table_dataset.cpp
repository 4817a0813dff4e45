#include <backflow/runtime/data/table_dataset.h>

namespace backflow::data {

TableDataset::TableDataset(std::shared_ptr<const TableRecipe> recipe) : recipe_(std::move(recipe)) {}

void TableDataset::add(std::span<const float> cells, std::int32_t label, double target) {
  cells_.insert(cells_.end(), cells.begin(), cells.end());
  labels_.push_back(label);
  if (target_count() > 0) targets_.push_back(static_cast<float>((target - recipe_->mean) / recipe_->stddev));
}

void TableDataset::read(std::size_t sample, std::uint32_t /*epoch*/, std::span<float> input) const {
  const std::size_t columns = recipe_->columns.size();
  to_features(*recipe_, std::span(cells_).subspan(sample * columns, columns), input);
}

void TableDataset::read_target(std::size_t sample, std::span<float> target) const {
  if (target_count() > 0) target[0] = targets_[sample];
}

Standardization TableDataset::target_standardization() const {
  if (target_count() == 0) return {};
  return {{static_cast<float>(recipe_->mean)}, {static_cast<float>(recipe_->stddev)}};
}

}  // namespace backflow::data
