// Applies a trained network to tables and pictures: see `predict --help` and docs/data.md.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <iostream>

#include <backflow/graph/error.h>
#include <backflow/runtime/models/labels.h>
#include <backflow/runtime/models/predictor.h>
#include <backflow/runtime/models/table_predictor.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "examples/apps/common/model_options.h"
#include "examples/apps/common/program.h"
#include "examples/apps/predict/predictions.h"

using namespace backflow;
namespace fs = std::filesystem;

namespace {

struct Arguments : ModelOptions {
  fs::path model, out;
  std::vector<std::string> files;
  int threads = 0;
  bool json = false;
};

/// Of a table, or of the array x of NumPy.
std::vector<models::RowPrediction> predictions(models::TablePredictor& predictor, const std::string& file) {
  if (data::is_npy(file)) return predictor.predict(data::read_npy(file));
  if (!data::is_npz(file)) return predictor.predict(data::Table(file));
  const auto arrays = data::read_npz(file, {"x"});
  require(!arrays.empty(), "[predict] ", file, " has no array 'x'");
  return predictor.predict(arrays.at("x"));
}

/// All rows of all tables, or none: what cannot be read ends it.
int predict_rows(const Arguments& a, Scheduler& scheduler) {
  if (!a.arch.empty() || !a.pixels().empty())
    throw UsageError("--arch and --standardize are for networks that read images");
  models::TablePredictor predictor(a.model, scheduler);
  auto names = predictor.recipe().classes;
  const bool numbers = names.empty();
  if (!a.labels.empty() && numbers) throw UsageError("--labels is for classes, but the network predicts a number");
  if (!a.labels.empty()) names = models::read_labels(a.labels, static_cast<std::int64_t>(names.size()));
  Predictions out({.json = a.json, .files = a.files.size() > 1, .rows = true, .numbers = numbers}, a.out);
  for (const std::string& file : a.files) {
    const auto rows = predictions(predictor, file);
    for (const std::string& column : predictor.unknown())
      std::cerr << "predict: " << file << ": column '" << column
                << "' has values that no training row had; they count as missing\n";
    for (std::size_t i = 0; i < rows.size(); ++i) {
      Prediction p{.file = file, .row = i + 1, .probability = rows[i].probability, .number = rows[i].number};
      if (!numbers) p.label = static_cast<std::int64_t>(rows[i].label);
      if (!numbers) p.name = names[rows[i].label];
      out.write(p);
    }
  }
  out.commit();
  return 0;
}

/// A picture that cannot be read does not keep the others from being classified.
int predict_pictures(const Arguments& a, Scheduler& scheduler) {
  const auto model = load_model(a.model.string(), a);
  models::Predictor predictor(*model, scheduler);
  const bool numbers = predictor.predicts_numbers();
  if (!a.labels.empty() && numbers) throw UsageError("--labels is for classes, but the network predicts a number");
  const auto names = a.labels.empty() ? model->labels() : models::read_labels(a.labels, predictor.classes());
  Predictions out({.json = a.json, .numbers = numbers}, a.out);
  int status = 0;
  for (const std::string& file : a.files) {
    try {
      if (numbers) {
        out.write({.file = file, .number = predictor.numbers(image::read_image(file)).at(0)});
        continue;
      }
      const models::ClassProbability best = predictor.top(image::read_image(file), 1).at(0);
      out.write({.file = file,
                 .label = best.index,
                 .name = names.empty() ? "" : names.at(static_cast<std::size_t>(best.index)),
                 .probability = best.probability});
    } catch (const Error& e) {
      say_unreadable("predict", file, e);
      status = 1;
    }
  }
  out.commit();
  return status;
}

int run(Arguments a) {
  a.model = model_file(a.model);
  if (!a.out.empty()) check_writable("--out", a.out);
  Scheduler scheduler(a.threads);
  return models::is_table_model(a.model) ? predict_rows(a, scheduler) : predict_pictures(a, scheduler);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Applies a trained network to the rows of tables, or to pictures, and prints what it predicts.",
               "predict");
  Arguments a;
  app.add_option("--model", a.model,
                 "what train wrote, the file or its folder; for pictures also an ONNX file or one with torchvision's "
                 "names")
      ->required()
      ->type_name("FILE|DIR");
  add_options(app, a);
  app.add_option("--threads", a.threads, "workers; default: the CPUs that this process may use")
      ->check(CLI::Range(1, 1024));
  app.add_flag("--json", a.json, "print a line of JSON for each row or picture in place of CSV");
  app.add_option("--out", a.out, "write into this file in place of standard output")->type_name("FILE");
  app.add_option("FILE", a.files,
                 "tables (CSV or TSV, plain or gzip) with the columns that the network was trained on, "
                 "in any order; arrays of NumPy (.npy, or x of an .npz); or PNG, JPEG, WebP or GIF")
      ->required()
      ->type_name("FILE");
  app.footer(
      "Examples:\n  predict --model out/flowers new.csv > predicted.csv\n"
      "  predict --model out/cnn/model.safetensors --json *.png");
  return run_program(app, argc, argv, [&] { return run(a); });
}
