// What a network that `train` made says of the rows of a table.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <backflow/runtime/data/npy.h>
#include <backflow/runtime/data/table_recipe.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::models {

/// Whether the file is such a network: a safetensors file with a recipe of a table in it.
bool is_table_model(const std::filesystem::path& file);

/// Of one row: the most probable class, the first of equal ones, and its probability; or the number of a regression.
struct RowPrediction {
  std::size_t label = 0;
  float probability = 0;
  double number = 0;
};

class TablePredictor {
 public:
  /// The file says the network, the columns and how they become numbers. Throws an Error that names it for what is no
  /// such file or does not fit together. `scheduler` must outlive the predictor.
  TablePredictor(const std::filesystem::path& file, Scheduler& scheduler);

  const data::TableRecipe& recipe() const { return recipe_; }
  /// Of each row. The columns are found by name, others are passed over. Throws an Error that names the file, the line
  /// and the column of what cannot be read, or of a row for which the network's outputs are not finite.
  std::vector<RowPrediction> predict(const data::Table& table);
  /// The same for an array [N, columns] of numbers, in the order of the recipe; a NaN is missing.
  std::vector<RowPrediction> predict(const data::Array& rows);
  /// Columns of text with values that no training row had, which count as missing; of the last predict().
  const std::vector<std::string>& unknown() const { return unknown_; }

 private:
  /// Writes the cells of a row, and says where it is.
  struct Rows {
    std::size_t count;
    std::function<void(std::size_t row, std::span<float> cells)> read;
    std::function<std::string(std::size_t row)> where;
  };

  void build(const std::filesystem::path& file);
  std::vector<RowPrediction> predict(const Rows& rows);
  RowPrediction answer(std::size_t row, const std::string& where) const;  // of the batch that was computed

  data::TableRecipe recipe_;
  Store store_;
  Graph graph_;
  std::unique_ptr<Flow> flow_;
  std::vector<std::string> unknown_;
};

}  // namespace backflow::models
