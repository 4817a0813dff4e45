#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/table_learning.h>
#include <backflow/runtime/files/json.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::data {
namespace {

constexpr std::size_t kFewNumbers = 20;  // whole numbers of so many values are classes
constexpr std::size_t kMaxClasses = 10'000;

/// "'a', 'b', 'c' and 4 more"
std::string quoted(const std::vector<std::string>& names) {
  constexpr std::size_t most = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i)
    text += str_cat(i == 0 ? "'" : ", '", files::printable(names[i]), "'");
  return names.size() <= most ? text : str_cat(text, " and ", names.size() - most, " more");
}

std::string_view target_cell(const Table& table, std::size_t row, std::size_t target) {
  const std::string_view cell = table.cell(row, target);
  require(!is_missing(cell), "[data] ", table.where(row, target), ": the target has no value ('", cell, "')");
  return cell;
}

double target_number(const Table& table, std::size_t row, std::size_t target) {
  double number = 0;
  require(read_cell(target_cell(table, row, target), number), "[data] ", table.where(row, target),
          ": a regression needs a number, found '", files::printable(std::string(table.cell(row, target))), "'");
  return number;
}

/// Numbers in their order before texts in theirs.
bool comes_first(const std::string& a, const std::string& b) {
  double x = 0, y = 0;
  const bool number_a = read_cell(a, x), number_b = read_cell(b, y);
  if (number_a && number_b && x != y) return x < y;
  return number_a != number_b ? number_a : a < b;
}

}  // namespace

std::size_t target_place(const Table& table, const std::string& target) {
  const auto& names = table.columns();
  if (target.empty())
    throw OptionError("target", str_cat("needs to name the column to predict; ", table.file(), " has ", quoted(names)));
  const auto found = std::find(names.begin(), names.end(), target);
  if (found == names.end())
    throw OptionError("target", str_cat("is '", files::printable(target), "', but ", table.file(), " has the columns ",
                                        quoted(names)));
  return static_cast<std::size_t>(found - names.begin());
}

Task task_of(const Table& table, std::size_t target, Task task) {
  if (task != Task::automatic) return task;
  std::vector<double> numbers(table.rows());
  for (std::size_t row = 0; row < table.rows(); ++row) target_cell(table, row, target);
  if (!has_numbers(table, target)) return Task::classification;
  for (std::size_t row = 0; row < table.rows(); ++row) read_cell(table.cell(row, target), numbers[row]);
  return task_of(numbers);
}

Task task_of(std::span<const double> numbers) {
  std::set<double> values;
  for (const double number : numbers) {
    if (number != std::floor(number)) return Task::regression;
    values.insert(number);
    if (values.size() > kFewNumbers) return Task::regression;
  }
  return 2 * values.size() <= numbers.size() ? Task::classification : Task::regression;
}

std::vector<std::string> classes_of(const Table& table, std::size_t target) {
  std::set<std::string, std::less<>> seen;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string_view cell = target_cell(table, row, target);
    if (seen.contains(cell)) continue;
    require(files::is_utf8(std::string(cell)) && cell.find('\n') == std::string_view::npos, "[data] ",
            table.where(row, target), ": a class should be one line of UTF-8");
    seen.emplace(cell);
    require(seen.size() <= kMaxClasses, "[data] ", table.where(row, target), ": more than ", kMaxClasses, " classes");
  }
  require(seen.size() >= 2, "[data] ", table.file(), ": the target column '", files::printable(table.columns()[target]),
          "' has one class, '", files::printable(*seen.begin()), "'; a classifier needs 2 or more");
  std::vector<std::string> classes(seen.begin(), seen.end());
  std::sort(classes.begin(), classes.end(), comes_first);
  return classes;
}

std::vector<std::int32_t> labels_of(const Table& table, std::size_t target, const std::vector<std::string>& classes) {
  std::map<std::string_view, std::int32_t> numbers;
  for (const std::string& name : classes) numbers.emplace(name, static_cast<std::int32_t>(numbers.size()));
  std::vector<std::int32_t> labels;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string_view cell = target_cell(table, row, target);
    const auto found = numbers.find(cell);
    require(found != numbers.end(), "[data] ", table.where(row, target), ": the class '",
            files::printable(std::string(cell)), "' is not one of the training rows");
    labels.push_back(found->second);
  }
  return labels;
}

std::vector<double> targets_of(const Table& table, std::size_t target) {
  std::vector<double> numbers;
  for (std::size_t row = 0; row < table.rows(); ++row) numbers.push_back(target_number(table, row, target));
  return numbers;
}

Moments moments_of(std::span<const double> numbers) {
  double sum = 0, squares = 0;
  for (const double x : numbers) sum += x;
  const double n = static_cast<double>(std::max<std::size_t>(numbers.size(), 1)), mean = sum / n;
  for (const double x : numbers) squares += (x - mean) * (x - mean);
  const double stddev = std::sqrt(squares / n);
  return {mean, stddev > 1e-12 * std::abs(mean) && stddev > 0 ? stddev : 1};
}

}  // namespace backflow::data
