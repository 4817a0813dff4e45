// How the rows of a table become numbers that a network reads, and what it makes becomes an answer. Learnt of the
// training rows, kept in the model's file.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <backflow/graph/enum_names.h>
#include <backflow/runtime/data/dataset.h>
#include <backflow/runtime/data/npy.h>
#include <backflow/runtime/data/table.h>

namespace backflow::data {

/// What is predicted: one of several classes, or a number.
enum class Task : std::uint8_t { automatic, classification, regression };

struct TableOptions {
  std::string target = "";               // the column to predict; one must be named
  Task task = Task::automatic;           // automatic: a class if the target is text or few whole numbers
  std::vector<std::string> ignore = {};  // columns that are not read
  std::string recipe = "";               // of a model, as JSON: used in place of a new one
};

struct TableColumn {
  std::string name;
  std::vector<std::string> categories = {};  // of text, sorted: a feature for each; none: the column has numbers
  double mean = 0, stddev = 1;               // of numbers
  bool has_missing = false;                  // numbers with gaps: a feature says where they are

  bool is_numeric() const { return categories.empty(); }
  std::size_t features() const { return is_numeric() ? 1 + (has_missing ? 1 : 0) : categories.size(); }
};

/// Numbers are standardised; a missing one becomes the mean. Of text there is a feature for each value, 1 where the
/// cell has it; missing or unknown text has none.
struct TableRecipe {
  std::vector<TableColumn> columns;  // what is read, in the order of the features
  std::string target;                // the column that is predicted
  std::vector<std::string> classes;  // of a classification, in the order of the labels
  double mean = 0, stddev = 1;       // of the target of a regression

  Task task() const { return classes.empty() ? Task::regression : Task::classification; }
  std::size_t features() const;
  /// Numbers that a network makes of a row.
  std::size_t outputs() const { return classes.empty() ? 1 : classes.size(); }
};

/// One line.
std::string to_json(const TableRecipe& recipe);
/// Reads that. Throws an Error, without the file's name, for what is none.
TableRecipe table_recipe(const std::string& json);

/// The columns of `recipe` in a table, found by name; others are passed over.
class TableCells {
 public:
  /// Throws an Error if a column is missing.
  TableCells(const Table& table, const TableRecipe& recipe);

  /// A number for each column: standardised, or that of the category; NaN where it is missing, −1 where the text is
  /// unknown. Throws an Error with line and column for text where a number is expected.
  void read(std::size_t row, std::span<float> cells) const;

 private:
  const Table& table_;
  const TableRecipe& recipe_;
  std::vector<std::size_t> places_;
};

/// The same of a row of an array [N, columns] of numbers; a NaN is missing.
void standardize_cells(const TableRecipe& recipe, const Array& rows, std::size_t row, std::span<float> cells);

/// Of the cells of a row, [columns], its features: [features].
void to_features(const TableRecipe& recipe, std::span<const float> cells, std::span<float> features);

}  // namespace backflow::data

template <>
inline constexpr std::array<const char*, 3> backflow::kEnumNames<backflow::data::Task>{"auto", "classification",
                                                                                       "regression"};
