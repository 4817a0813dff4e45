#include <backflow/runtime/data/table_recipe.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/json.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::data {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kMaxRecipeBytes = std::size_t{1} << 26;

const ordered_json& entry(const ordered_json& object, const char* name) {
  const auto found = object.find(name);
  require(found != object.end(), "its recipe of a table has no '", name, "'");
  return *found;
}

std::string text_at(const ordered_json& object, const char* name) {
  const ordered_json& value = entry(object, name);
  require(value.is_string(), "its recipe of a table: '", name, "' should be text");
  return value.get<std::string>();
}

double number_at(const ordered_json& object, const char* name) {
  const ordered_json& value = entry(object, name);
  require(value.is_number() && std::isfinite(value.get<double>()), "its recipe of a table: '", name,
          "' should be a number");
  return value.get<double>();
}

std::vector<std::string> texts_at(const ordered_json& object, const char* name) {
  std::vector<std::string> result;
  const ordered_json& list = entry(object, name);
  require(list.is_array() && !list.empty() && list.size() <= kMaxFeatures, "its recipe of a table: '", name,
          "' should be a list of texts");
  for (const ordered_json& text : list) {
    require(text.is_string(), "its recipe of a table: '", name, "' should be a list of texts");
    result.push_back(text.get<std::string>());
  }
  return result;
}

double stddev_at(const ordered_json& object) {
  const double stddev = number_at(object, "stddev");
  require(stddev > 0, "its recipe of a table: a 'stddev' should be above 0, found ", stddev);
  return stddev;
}

TableColumn column_of(const ordered_json& object) {
  require(object.is_object(), "its recipe of a table: 'columns' should be a list of objects");
  TableColumn column{.name = text_at(object, "name")};
  if (object.contains("categories")) {
    column.categories = texts_at(object, "categories");
    require(std::is_sorted(column.categories.begin(), column.categories.end()),
            "its recipe of a table: 'categories' should be sorted");
    return column;
  }
  column.mean = number_at(object, "mean");
  column.stddev = stddev_at(object);
  column.has_missing = object.contains("has_missing") && object["has_missing"] == true;
  return column;
}

void check_recipe(const TableRecipe& recipe) {
  std::set<std::string> names{recipe.target};
  for (const TableColumn& column : recipe.columns)
    require(names.insert(column.name).second, "its recipe of a table has '", files::printable(column.name), "' twice");
  require(recipe.features() <= kMaxFeatures, "its recipe of a table makes ", recipe.features(),
          " features, the most are ", kMaxFeatures);
}

}  // namespace

std::size_t TableRecipe::features() const {
  std::size_t total = 0;
  for (const TableColumn& column : columns) total += column.features();
  return total;
}

std::string to_json(const TableRecipe& recipe) {
  ordered_json columns = ordered_json::array();
  for (const TableColumn& c : recipe.columns) {
    ordered_json column{{"name", c.name}};
    if (c.is_numeric()) {
      column["mean"] = c.mean;
      column["stddev"] = c.stddev;
      if (c.has_missing) column["has_missing"] = true;
    } else {
      column["categories"] = c.categories;
    }
    columns.push_back(std::move(column));
  }
  ordered_json target{{"name", recipe.target}};
  if (recipe.classes.empty()) {
    target["mean"] = recipe.mean;
    target["stddev"] = recipe.stddev;
  } else {
    target["classes"] = recipe.classes;
  }
  return ordered_json{{"columns", columns}, {"target", target}}.dump();
}

TableRecipe table_recipe(const std::string& json) {
  require(json.size() <= kMaxRecipeBytes, "its recipe of a table has ", json.size(), " bytes, the most are ",
          kMaxRecipeBytes);
  const ordered_json object = files::parse_json(json, "its recipe of a table: ");
  require(object.is_object(), "its recipe of a table should be an object in JSON");
  const ordered_json &columns = entry(object, "columns"), &target = entry(object, "target");
  require(columns.is_array() && !columns.empty() && columns.size() <= kMaxColumns && target.is_object(),
          "its recipe of a table should have a list 'columns' and an object 'target'");
  TableRecipe recipe;
  for (const ordered_json& column : columns) recipe.columns.push_back(column_of(column));
  recipe.target = text_at(target, "name");
  if (target.contains("classes")) {
    recipe.classes = texts_at(target, "classes");
  } else {
    recipe.mean = number_at(target, "mean");
    recipe.stddev = stddev_at(target);
  }
  check_recipe(recipe);
  return recipe;
}

TableCells::TableCells(const Table& table, const TableRecipe& recipe) : table_(table), recipe_(recipe) {
  const auto& names = table.columns();
  std::map<std::string_view, std::size_t> places;
  for (const std::string& name : names) places.emplace(name, places.size());
  for (const TableColumn& column : recipe.columns) {
    const auto found = places.find(column.name);
    if (found == places.end())  // require() would look for near names of each column
      fail("[data] ", table.file(), ": ", files::no_such("column", column.name, names));
    places_.push_back(found->second);
  }
}

void TableCells::read(std::size_t row, std::span<float> cells) const {
  for (std::size_t c = 0; c < places_.size(); ++c) {
    const TableColumn& column = recipe_.columns[c];
    const std::string_view cell = table_.cell(row, places_[c]);
    if (is_missing(cell)) {
      cells[c] = std::numeric_limits<float>::quiet_NaN();
    } else if (column.is_numeric()) {
      double number = 0;
      if (!read_cell(cell, number))  // require() would write the sentence for each cell
        fail("[data] ", table_.where(row, places_[c]), ": expected a number, found '",
             files::printable(std::string(cell)), "'");
      cells[c] = static_cast<float>((number - column.mean) / column.stddev);
      if (!std::isfinite(cells[c]))
        fail("[data] ", table_.where(row, places_[c]), ": ", files::printable(std::string(cell)),
             " is too far from what the training rows have");
    } else {
      const auto place = std::lower_bound(column.categories.begin(), column.categories.end(), cell);
      const bool known = place != column.categories.end() && *place == cell;
      cells[c] = known ? static_cast<float>(place - column.categories.begin()) : -1.0F;
    }
  }
}

void standardize_cells(const TableRecipe& recipe, const Array& rows, std::size_t row, std::span<float> cells) {
  for (std::size_t c = 0; c < cells.size(); ++c) {
    const TableColumn& column = recipe.columns[c];
    const double number = rows.number(row * cells.size() + c);
    cells[c] = static_cast<float>((number - column.mean) / column.stddev);
    require(!std::isinf(cells[c]), "[data] ", rows.name, ": feature ", c, " of sample ", row, " is ", number,
            ", too far from what the training samples have");
  }
}

void to_features(const TableRecipe& recipe, std::span<const float> cells, std::span<float> features) {
  std::ranges::fill(features, 0.0F);
  std::size_t first = 0;
  for (std::size_t c = 0; c < recipe.columns.size(); ++c) {
    const TableColumn& column = recipe.columns[c];
    const bool missing = std::isnan(cells[c]);
    if (!column.is_numeric()) {
      if (!missing && cells[c] >= 0) features[first + static_cast<std::size_t>(cells[c])] = 1;
    } else if (!missing) {
      features[first] = cells[c];
    } else if (column.has_missing) {
      features[first + 1] = 1;
    }
    first += column.features();
  }
}

}  // namespace backflow::data
