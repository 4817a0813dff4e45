#include <backflow/runtime/data/table_learning.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/json.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/log/message.h>

namespace backflow::data {
namespace {

constexpr std::size_t kMaxCategories = 256;  // different texts of a column
constexpr double kMostlyNumbers = 0.9;       // of the cells: then text among them is a mistake

/// Whether it would be a number with a point in place of its comma.
bool has_decimal_comma(std::string_view cell) {
  const std::size_t comma = cell.find(',');
  if (comma == std::string_view::npos || cell.find('.') != std::string_view::npos) return false;
  std::string text(cell);
  text[comma] = '.';
  double ignored = 0;
  return read_cell(text, ignored);
}

/// What the cells of a column are.
struct Cells {
  std::size_t numbers = 0, decimal_commas = 0, texts = 0;
  std::optional<std::size_t> first_comma, first_text;  // rows

  Cells(const Table& table, std::size_t column) {
    for (std::size_t row = 0; row < table.rows(); ++row) {
      const std::string_view cell = table.cell(row, column);
      double ignored = 0;
      if (is_missing(cell)) continue;
      if (read_cell(cell, ignored)) {
        ++numbers;
      } else if (has_decimal_comma(cell)) {
        ++decimal_commas;
        if (!first_comma) first_comma = row;
      } else {
        ++texts;
        if (!first_text) first_text = row;
      }
    }
  }
  std::size_t count() const { return numbers + decimal_commas + texts; }
};

/// Whether the column is one of numbers. Text or decimal commas in one that mostly is are mistakes.
bool is_number_column(const Table& table, std::size_t column, const Cells& cells) {
  const double wanted = kMostlyNumbers * static_cast<double>(cells.count());
  const auto found = [&](std::size_t row) { return files::printable(std::string(table.cell(row, column))); };
  if (cells.first_comma && static_cast<double>(cells.numbers + cells.decimal_commas) >= wanted)
    fail("[data] ", table.where(*cells.first_comma, column), ": '", found(*cells.first_comma),
         "' has a decimal comma; numbers need a point");
  if (cells.texts + cells.decimal_commas == 0) return true;
  if (cells.first_text && static_cast<double>(cells.numbers) >= wanted)
    fail("[data] ", table.where(*cells.first_text, column), ": expected a number as in ", cells.numbers,
         " other rows, found '", found(*cells.first_text), "'");
  return false;
}

void learn_numbers(const Table& table, std::size_t place, std::span<const std::uint32_t> rows, TableColumn& column) {
  std::vector<double> numbers;
  for (const std::uint32_t row : rows) {
    const std::string_view cell = table.cell(row, place);
    if (is_missing(cell))
      column.has_missing = true;
    else
      read_cell(cell, numbers.emplace_back());
  }
  const Moments moments = moments_of(numbers);
  require(std::isfinite(moments.mean) && std::isfinite(moments.stddev), "[data] ", table.file(), ": column '",
          files::printable(column.name), "' has numbers whose squares are not finite");
  column.mean = moments.mean;
  column.stddev = moments.stddev;
}

void learn_texts(const Table& table, std::size_t place, std::span<const std::uint32_t> rows, TableColumn& column) {
  std::set<std::string, std::less<>> seen;
  for (const std::uint32_t row : rows) {
    const std::string_view cell = table.cell(row, place);
    if (is_missing(cell) || seen.contains(cell)) continue;
    require(files::is_utf8(std::string(cell)), "[data] ", table.where(row, place), ": text should be UTF-8");
    seen.emplace(cell);
    require(seen.size() <= kMaxCategories, "[data] ", table.file(), ": column '", files::printable(column.name),
            "' has more than ", kMaxCategories, " different texts; --ignore leaves it out");
  }
  column.categories.assign(seen.begin(), seen.end());
}

void check_ignored(const Table& table, const std::vector<std::string>& ignore) {
  const auto& names = table.columns();
  for (const std::string& name : ignore)
    if (std::find(names.begin(), names.end(), name) == names.end())
      throw OptionError(
          "ignore", str_cat("names what is not there: ", table.file(), ": ", files::no_such("column", name, names)));
}

}  // namespace

bool has_numbers(const Table& table, std::size_t column) {
  return is_number_column(table, column, Cells(table, column));
}

std::vector<TableColumn> learn_columns(const Table& table, std::size_t target, const std::vector<std::string>& ignore,
                                       std::span<const std::uint32_t> training_rows) {
  check_ignored(table, ignore);
  std::vector<TableColumn> columns;
  std::size_t features = 0;
  for (std::size_t place = 0; place < table.columns().size(); ++place) {
    const std::string& name = table.columns()[place];
    if (place == target || std::find(ignore.begin(), ignore.end(), name) != ignore.end()) continue;
    const Cells cells(table, place);
    TableColumn column{.name = name};
    if (is_number_column(table, place, cells))
      learn_numbers(table, place, training_rows, column);
    else
      learn_texts(table, place, training_rows, column);
    const bool is_empty = cells.count() == 0 || (cells.texts > 0 && column.categories.empty());
    if (is_empty)
      log::message(log::Level::warning, "[data] ", table.file(), ": column '", files::printable(name),
                   "' has no values and is left out");
    else
      columns.push_back(std::move(column));
    features += is_empty ? 0 : columns.back().features();
    require(features <= kMaxFeatures, "[data] ", table.file(), ": the columns up to '", files::printable(name),
            "' make more than ", kMaxFeatures, " features");
  }
  require(!columns.empty(), "[data] ", table.file(), " has no column to predict '",
          files::printable(table.columns()[target]), "' from");
  return columns;
}

}  // namespace backflow::data
