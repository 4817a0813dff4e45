#include <backflow/runtime/data/find_tables.h>

#include <algorithm>
#include <optional>

#include <backflow/graph/error.h>
#include <backflow/runtime/data/subset.h>
#include <backflow/runtime/data/table_dataset.h>
#include <backflow/runtime/data/table_learning.h>
#include <backflow/runtime/files/input_file.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::data {
namespace {

namespace fs = std::filesystem;

fs::path table_called(const fs::path& folder, const std::string& name) {
  for (const char* ending : {".csv", ".tsv", ".csv.gz", ".tsv.gz"})
    if (fs::exists(folder / (name + ending))) return folder / (name + ending);
  return {};
}

/// The class or number of each row; the other one is empty.
struct Answers {
  std::vector<std::int32_t> labels;
  std::vector<double> targets;

  Answers(const Table& table, std::size_t target, const TableRecipe& recipe) {
    if (recipe.task() == Task::classification)
      labels = labels_of(table, target, recipe.classes);
    else
      targets = targets_of(table, target);
  }
};

std::shared_ptr<const Dataset> dataset_of(const Table& table, const std::shared_ptr<const TableRecipe>& recipe,
                                          const Answers& answers, std::span<const std::uint32_t> rows) {
  auto data = std::make_shared<TableDataset>(recipe);
  const TableCells reader(table, *recipe);
  std::vector<float> cells(recipe->columns.size());
  for (const std::uint32_t row : rows) {
    reader.read(row, cells);
    data->add(cells, answers.labels.empty() ? 0 : answers.labels[row],
              answers.targets.empty() ? 0 : answers.targets[row]);
  }
  return data;
}

/// Training and test rows of a table without a test set beside it.
Partition shared_out(const Table& table, const Answers& answers, double test_share) {
  const auto one = std::vector<std::int32_t>(answers.targets.size());
  Partition parts = stratified(answers.labels.empty() ? one : answers.labels, test_share, kTestSeed);
  require(!parts.part.empty(), "[data] ", table.file(), answers.labels.empty() ? " has" : ": each class has",
          " one row; testing needs another one");
  return parts;
}

/// "3 columns of numbers, 1 of text; target 'kind', 3 classes"
std::string described(const TableRecipe& recipe, Task asked) {
  const auto numbers =
      std::count_if(recipe.columns.begin(), recipe.columns.end(), [](const TableColumn& c) { return c.is_numeric(); });
  const auto gaps =
      std::count_if(recipe.columns.begin(), recipe.columns.end(), [](const TableColumn& c) { return c.has_missing; });
  const auto texts = static_cast<std::ptrdiff_t>(recipe.columns.size()) - numbers;
  std::string text = str_cat("columns: ", numbers, " of numbers");
  if (gaps > 0) text += str_cat(" (", gaps, " with gaps)");
  if (texts > 0) text += str_cat(", ", texts, " of text");
  text += str_cat("; target '", files::printable(recipe.target), "': ");
  text += recipe.classes.empty() ? "a number (regression)" : str_cat(recipe.classes.size(), " classes");
  return asked == Task::automatic ? text + ", found by its cells; --task says otherwise" : text;
}

/// What is known of a recipe before it is known which rows are for training.
TableRecipe target_recipe(const Table& table, std::size_t target, Task asked) {
  TableRecipe recipe;
  recipe.target = table.columns()[target];
  if (task_of(table, target, asked) == Task::classification) recipe.classes = classes_of(table, target);
  return recipe;
}

void learn_target(const Table& table, const Answers& answers, std::span<const std::uint32_t> rows,
                  TableRecipe& recipe) {
  std::vector<double> numbers;
  for (const std::uint32_t row : rows) numbers.push_back(answers.targets[row]);
  const Moments moments = moments_of(numbers);
  const bool same = std::all_of(numbers.begin(), numbers.end(), [&](double x) { return x == numbers[0]; });
  require(!same, "[data] ", table.file(), ": the target column '", files::printable(recipe.target),
          "' has the same number in all training rows");
  recipe.mean = moments.mean;
  recipe.stddev = moments.stddev;
}

}  // namespace

fs::path training_table(const fs::path& folder) { return table_called(folder, "train"); }

Split find_table(const fs::path& path, const DataOptions& options) {
  const TableOptions& o = options.tables;
  const bool folder = files::is_folder(path);
  const Table table(folder ? training_table(path) : path);
  const fs::path test_file = folder ? table_called(path, "test") : fs::path();
  const bool learnt = !o.recipe.empty();
  auto recipe = std::make_shared<TableRecipe>();
  if (learnt) *recipe = table_recipe(o.recipe);
  const std::size_t target = target_place(table, learnt ? recipe->target : o.target);
  if (!learnt) *recipe = target_recipe(table, target, o.task);
  const Answers answers(table, target, *recipe);
  Partition parts{all_samples(table.rows()), {}};
  if (test_file.empty()) parts = shared_out(table, answers, options.test_share);
  if (!learnt) recipe->columns = learn_columns(table, target, o.ignore, parts.rest);
  if (!learnt && recipe->classes.empty()) learn_target(table, answers, parts.rest, *recipe);
  Split split{dataset_of(table, recipe, answers, parts.rest), nullptr, "a table", described(*recipe, o.task)};
  if (test_file.empty()) {
    split.test = dataset_of(table, recipe, answers, parts.part);
  } else {
    const Table test(test_file);
    const std::size_t its_target = target_place(test, recipe->target);
    split.test = dataset_of(test, recipe, Answers(test, its_target, *recipe), all_samples(test.rows()));
  }
  return split;
}

}  // namespace backflow::data
