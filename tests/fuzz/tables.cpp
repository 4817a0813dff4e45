// Tables, plain and gzip: their columns, the recipe that is learnt of them, and what it makes of their rows.
#include <backflow/runtime/data/table_dataset.h>
#include <backflow/runtime/data/table_learning.h>
#include "tests/fuzz/fuzz.h"

using namespace backflow;

namespace {

/// Learns all columns but the last one, which is the target, and makes features of each row.
void learn(const data::Table& table) {
  const std::size_t target = table.columns().size() - 1;
  std::vector<std::uint32_t> rows;
  for (std::size_t row = 0; row < table.rows(); ++row) rows.push_back(static_cast<std::uint32_t>(row));
  data::TableRecipe recipe;
  recipe.target = table.columns()[target];
  if (data::task_of(table, target, data::Task::automatic) == data::Task::classification) {
    recipe.classes = data::classes_of(table, target);
    data::labels_of(table, target, recipe.classes);
  } else {
    data::targets_of(table, target);
  }
  recipe.columns = data::learn_columns(table, target, {}, rows);
  const std::string json = data::to_json(recipe);
  if (data::to_json(data::table_recipe(json)) != json) fuzz::found("another recipe when read again");
  const data::TableCells cells(table, recipe);
  std::vector<float> values(recipe.columns.size()), features(recipe.features());
  for (const std::uint32_t row : rows) {
    cells.read(row, values);
    data::to_features(recipe, values, features);
    for (const float feature : features)
      if (!(feature - feature == 0)) fuzz::found("a feature that is not finite");
  }
}

}  // namespace

extern "C" int FUZZ_TARGET(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file(data, size);
  fuzz::accepts<Error>([&] { learn(data::Table(file.path())); });
  return 0;
}
