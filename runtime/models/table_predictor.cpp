#include <backflow/runtime/models/table_predictor.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/ops/softmax.h>
#include <backflow/runtime/files/safetensors.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/description.h>
#include <backflow/runtime/models/metadata_entries.h>
#include <backflow/runtime/models/networks.h>

namespace backflow::models {
namespace {

constexpr std::int64_t kRowsAtOnce = 256;

/// Of "network" or, where there is none, of "hidden".
Architecture table_network(const std::map<std::string, std::string>& metadata, std::int64_t outputs) {
  if (const auto found = metadata.find("network"); found != metadata.end()) return described_network(found->second);
  const MetadataEntries entries(metadata);
  require(entries.text("model") == "mlp", "its network '", files::printable(entries.text("model")),
          "' does not read the rows of a table");
  return mlp(entries.list("hidden", kMaxWidth), outputs);
}

Value stored_leaf(Graph& g, const files::TensorFile& file, Leaf leaf, const std::string& name, const Spec& spec) {
  const auto found = file.tensors.find(name);
  require(found != file.tensors.end(), "it has no tensor '", name, "', expected one of ", to_string(spec));
  require(found->second.spec() == spec, "its tensor '", name, "' is ", to_string(found->second.spec()), ", expected ",
          to_string(spec));
  const auto values = found->second.as();
  return shared_leaf(g, leaf, name, spec, from_values({values.begin(), values.end()}));
}

}  // namespace

bool is_table_model(const std::filesystem::path& file) {
  try {
    return files::read_safetensors_metadata(file).contains("table");
  } catch (const Error&) {
    return false;  // who reads it as a model of another kind says what is wrong
  }
}

TablePredictor::TablePredictor(const std::filesystem::path& file, Scheduler& scheduler) {
  try {
    build(file);
  } catch (const Error& e) {
    fail("[model] ", file.string(), ": ", e.what());
  }
  flow_ = std::make_unique<Flow>(graph_, store_, scheduler, FlowOptions{.name = "predict"});
}

void TablePredictor::build(const std::filesystem::path& path) {
  const files::TensorFile file = files::read_safetensors(path);
  const auto found = file.metadata.find("table");
  require(found != file.metadata.end(), "it does not read the rows of a table");
  recipe_ = data::table_recipe(found->second);
  const auto outputs = static_cast<std::int64_t>(recipe_.outputs());
  const Architecture network = table_network(file.metadata, outputs);
  graph_.set_mode(Mode::prediction);
  NetworkBuilder builder(graph_, [&](Leaf leaf, const std::string& name, const Spec& spec, const Initializer&) {
    return stored_leaf(graph_, file, leaf, name, spec);
  });
  const Shape rows{kRowsAtOnce, static_cast<std::int64_t>(recipe_.features())}, expected{kRowsAtOnce, outputs};
  const Value made = network.build(builder, graph_.input("rows", {rows}));
  require(made.shape() == expected, "its network makes ", to_string(made.shape()), " of ", to_string(rows),
          ", expected ", to_string(expected));
  graph_.output("answers", recipe_.classes.empty() ? made : softmax(made));
}

RowPrediction TablePredictor::answer(std::size_t row, const std::string& where) const {
  const std::size_t n = recipe_.outputs();
  const auto values = flow_->output("answers").subspan(row * n, n);
  require(std::ranges::all_of(values, [](float v) { return std::isfinite(v); }), "[predict] ", where,
          ": the network's answer is not finite");
  if (recipe_.classes.empty()) return {.number = values[0] * recipe_.stddev + recipe_.mean};
  const auto best = std::ranges::max_element(values);
  return {.label = static_cast<std::size_t>(best - values.begin()), .probability = *best};
}

std::vector<RowPrediction> TablePredictor::predict(const data::Table& table) {
  const data::TableCells reader(table, recipe_);
  return predict(Rows{table.rows(), [&](std::size_t row, std::span<float> cells) { reader.read(row, cells); },
                      [&](std::size_t row) { return str_cat(table.file(), ":", table.line(row)); }});
}

std::vector<RowPrediction> TablePredictor::predict(const data::Array& x) {
  const std::size_t columns = recipe_.columns.size();
  for (const data::TableColumn& column : recipe_.columns)
    require(column.is_numeric(), "[predict] ", x.name, ": column '", column.name, "' has text, an array has numbers");
  require(x.shape.size() == 2 && x.shape[1] == static_cast<std::int64_t>(columns), "[predict] ", x.name,
          " has the shape ", to_string(x.shape), ", the network reads [N, ", columns, "]");
  const auto read = [&](std::size_t row, std::span<float> cells) { data::standardize_cells(recipe_, x, row, cells); };
  return predict(Rows{static_cast<std::size_t>(x.shape[0]), read,
                      [&](std::size_t row) { return str_cat(x.name, ": row ", row + 1); }});
}

std::vector<RowPrediction> TablePredictor::predict(const Rows& rows) {
  const std::size_t columns = recipe_.columns.size(), features = recipe_.features();
  std::vector<float> cells(columns);
  std::vector<bool> is_unknown(columns, false);
  std::vector<RowPrediction> result;
  while (result.size() < rows.count) {
    const std::size_t first = result.size(), n = std::min<std::size_t>(kRowsAtOnce, rows.count - first);
    const auto input = flow_->input("rows").as();
    std::ranges::fill(input, 0.0F);
    for (std::size_t i = 0; i < n; ++i) {
      rows.read(first + i, cells);
      for (std::size_t c = 0; c < columns; ++c)
        if (!recipe_.columns[c].is_numeric() && cells[c] < 0) is_unknown[c] = true;
      data::to_features(recipe_, cells, input.subspan(i * features, features));
    }
    flow_->run();
    for (std::size_t i = 0; i < n; ++i) result.push_back(answer(i, rows.where(first + i)));
  }
  unknown_.clear();
  for (std::size_t c = 0; c < columns; ++c)
    if (is_unknown[c]) unknown_.push_back(recipe_.columns[c].name);
  return result;
}

}  // namespace backflow::models
