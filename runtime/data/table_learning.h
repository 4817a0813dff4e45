// Which columns of a table are numbers, which are text, and what is predicted. Internal to runtime/data/.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <backflow/runtime/data/table_recipe.h>

namespace backflow::data {

/// The column to predict. Throws an OptionError if there is none of that name.
std::size_t target_place(const Table& table, const std::string& target);
/// Classification or regression: what `task` says, or what the target's cells say. Throws an Error, with the line, for
/// a cell without a value.
Task task_of(const Table& table, std::size_t target, Task task);
/// What numbers are where it is not said: few whole ones are classes.
Task task_of(std::span<const double> numbers);
/// What there is of classes: by number if all are numbers, else by text. Throws an Error if there is only one.
std::vector<std::string> classes_of(const Table& table, std::size_t target);
/// The class of each row; throws an Error, with the line, for one that `classes` has not.
std::vector<std::int32_t> labels_of(const Table& table, std::size_t target, const std::vector<std::string>& classes);
/// The number of each row; throws an Error, with the line, for text.
std::vector<double> targets_of(const Table& table, std::size_t target);

/// Whether the cells of a column are numbers, but for missing ones. Throws an Error, with the line, for text in a
/// column that mostly has numbers, and for decimal commas.
bool has_numbers(const Table& table, std::size_t column);

struct Moments {
  double mean = 0, stddev = 1;  // stddev is 1 where all numbers are the same
};
Moments moments_of(std::span<const double> numbers);

/// All columns but the target and those to ignore. The kind of a column follows from all its cells, statistics and
/// values of text from the training rows. A column without any value is left out, with a warning. Throws an Error for
/// text among numbers, too many different texts and too many features, an OptionError for an unknown name to ignore.
std::vector<TableColumn> learn_columns(const Table& table, std::size_t target, const std::vector<std::string>& ignore,
                                       std::span<const std::uint32_t> training_rows);

}  // namespace backflow::data
