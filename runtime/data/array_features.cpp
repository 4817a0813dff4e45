#include <cmath>
#include <map>
#include <set>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/array_samples.h>
#include <backflow/runtime/data/table_dataset.h>
#include <backflow/runtime/data/table_learning.h>

namespace backflow::data {
namespace {

/// Columns "x0", "x1", …; a NaN is a missing number.
std::vector<TableColumn> feature_columns(const Array& x, std::span<const std::uint32_t> rows) {
  const auto features = static_cast<std::size_t>(x.shape[1]);
  require(features <= kMaxColumns, "[data] ", x.name, " has ", features, " features, the most are ", kMaxColumns);
  std::vector<TableColumn> columns;
  for (std::size_t c = 0; c < features; ++c) {
    std::vector<double> numbers;
    for (const std::uint32_t row : rows)
      if (const double number = x.number(row * features + c); !std::isnan(number)) numbers.push_back(number);
    const Moments moments = moments_of(numbers);
    require(std::isfinite(moments.mean) && std::isfinite(moments.stddev), "[data] ", x.name, ": feature ", c,
            " has numbers that are not finite, or whose squares are not");
    columns.push_back({.name = str_cat("x", c),
                       .mean = moments.mean,
                       .stddev = moments.stddev,
                       .has_missing = numbers.size() < rows.size()});
  }
  return columns;
}

/// The classes as text, in the order of their numbers.
std::vector<std::string> number_classes(const Array& y, std::span<const double> numbers) {
  const std::set<double> different(numbers.begin(), numbers.end());
  require(different.size() >= 2, "[data] ", y.name, " has one class, ", numbers[0], "; a classifier needs 2 or more");
  require(different.size() <= static_cast<std::size_t>(kLargestArrayLabel), "[data] ", y.name, " has ",
          different.size(), " classes, the most are ", kLargestArrayLabel);
  std::vector<std::string> names;
  for (const double number : different) names.push_back(str_cat(number));
  return names;
}

std::vector<std::int32_t> class_numbers(const Array& y, std::span<const double> numbers,
                                        const std::vector<std::string>& classes) {
  std::map<std::string, std::int32_t> places;
  for (const std::string& name : classes) places.emplace(name, static_cast<std::int32_t>(places.size()));
  std::vector<std::int32_t> labels;
  for (const double number : numbers) {
    const auto found = places.find(str_cat(number));
    require(found != places.end(), "[data] ", y.name, ": element ", labels.size(), " is ", number,
            ", which the training samples have not");
    labels.push_back(found->second);
  }
  return labels;
}

/// Classes or numbers of y.
struct ArrayAnswers {
  std::vector<double> numbers;
  std::vector<std::int32_t> labels;  // of classes; else empty

  ArrayAnswers(const Array& y, const std::vector<std::string>& classes) : numbers(numbers_of(y)) {
    if (!classes.empty()) labels = class_numbers(y, numbers, classes);
  }
  std::vector<std::int32_t> strata() const {
    return labels.empty() ? std::vector<std::int32_t>(numbers.size()) : labels;
  }
};

std::shared_ptr<const Dataset> rows_of(const Array& x, const std::shared_ptr<const TableRecipe>& recipe,
                                       const ArrayAnswers& answers, std::span<const std::uint32_t> rows) {
  auto data = std::make_shared<TableDataset>(recipe);
  std::vector<float> cells(recipe->columns.size());
  for (const std::uint32_t row : rows) {
    standardize_cells(*recipe, x, row, cells);
    data->add(cells, answers.labels.empty() ? 0 : answers.labels[row], answers.numbers[row]);
  }
  return data;
}

/// What follows from all samples: the task and the classes; or the recipe of a model, for which x has to fit.
TableRecipe array_recipe(const ArraySamples& s, const TableOptions& options) {
  TableRecipe recipe;
  recipe.target = "y";
  if (!options.recipe.empty()) {
    recipe = table_recipe(options.recipe);
    require(static_cast<std::int64_t>(recipe.columns.size()) == s.x.shape[1], "[data] ", s.x.name, " has ",
            s.x.shape[1], " features, the network reads ", recipe.columns.size());
    return recipe;
  }
  const auto numbers = numbers_of(s.y);
  if (array_task(s.y, numbers, options.task) == Task::classification) recipe.classes = number_classes(s.y, numbers);
  return recipe;
}

/// What follows from the training samples alone.
void learn_statistics(const ArraySamples& s, const ArrayAnswers& answers, std::span<const std::uint32_t> rows,
                      TableRecipe& recipe) {
  recipe.columns = feature_columns(s.x, rows);
  std::vector<double> numbers;
  for (const std::uint32_t row : rows) numbers.push_back(answers.numbers[row]);
  if (!recipe.classes.empty()) return;
  const Moments moments = moments_of(numbers);
  recipe.mean = moments.mean;
  recipe.stddev = moments.stddev;
}

}  // namespace

Split feature_split(const FoundArrays& arrays, const DataOptions& options) {
  const ArraySamples& s = arrays.train;
  const auto recipe = std::make_shared<TableRecipe>(array_recipe(s, options.tables));
  const ArrayAnswers answers(s.y, recipe->classes);
  const Partition parts = shared_out(arrays, answers.strata(), options.test_share);
  if (options.tables.recipe.empty()) learn_statistics(s, answers, parts.rest, *recipe);
  Split split{rows_of(s.x, recipe, answers, parts.rest), nullptr, "arrays",
              recipe->classes.empty() ? "y has numbers to predict (regression); --task says otherwise"
                                      : "y has classes; --task says otherwise"};
  if (arrays.test)
    split.test = rows_of(arrays.test->x, recipe, ArrayAnswers(arrays.test->y, recipe->classes),
                         all_samples(arrays.test->count()));
  else
    split.test = rows_of(s.x, recipe, answers, parts.part);
  return split;
}

}  // namespace backflow::data
