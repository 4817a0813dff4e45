// Whole runs of training.
#include <pybind11/functional.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <atomic>
#include <variant>

#include <backflow/graph/error.h>
#include <backflow/runtime/train/classification_report.h>
#include <backflow/runtime/train/evaluation_text.h>
#include <backflow/runtime/train/fit.h>
#include <backflow/runtime/train/option_table.h>
#include <backflow/runtime/train/snapshot.h>
#include "examples/python/arrays.h"
#include "examples/python/bind_networks.h"
#include "examples/python/interrupt.h"
#include "examples/python/options.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

using data::Dataset;
using train::EpochReport;
using train::StepReport;

constexpr const char* kFit =
    "A whole run of training: epochs, each with its evaluation, the best weights, checkpoints, the test at the end. "
    "network: as of a Trainer. val: a Dataset to validate with, or a share of `data` (0.1); test: a Dataset that is "
    "used once, at the end, with the best weights. monitor: accuracy, loss or f1 of the validation says which epoch is "
    "the best; after `patience` epochs without a better one the run ends (0: never). out: a folder for metrics.jsonl, "
    "checkpoint.safetensors, best.safetensors, model.safetensors and the report; resume goes on with the checkpoint "
    "there, if there is one, overwrite replaces another run. after_epoch and after_step are called with an "
    "EpochReport and a StepReport; Ctrl-C, or an exception of theirs, ends the run. Returns a FitResult. Options, and "
    "what they are by default:";

/// What a run leaves, without what it referred to.
struct FitResult {
  std::int64_t steps = 0, best_epoch = 0;
  std::optional<double> best_value = {};
  std::optional<train::Evaluation> test = {};
  std::string report = {};
  py::object weights = {};  // a Store of their own
};

FitResult result_of(const train::Fit& fit) {
  FitResult result{.steps = fit.trainer().steps_done(), .best_epoch = fit.best().epoch()};
  if (result.best_epoch > 0) result.best_value = fit.best().value();
  if (fit.test()) {
    result.test = fit.test()->evaluation();
    result.report = fit.test()->text();
  }
  auto weights = std::make_unique<Store>(fit.weights().seed());
  train::Snapshot(fit.weights(), 1, result.steps, train::is_weight).assign_to(*weights);
  result.weights = py::cast(std::move(weights));
  return result;
}

/// Holds a data set that Python made.
using Held = std::shared_ptr<Dataset>;
using Validation = std::variant<std::monostate, double, Held>;

data::Split split_of(const Held& data, const Validation& val, const Held& test) {
  data::Split split{.train = data, .test = test};
  if (const double* share = std::get_if<double>(&val)) return data::hold_out(std::move(split), *share);
  if (const Held* set = std::get_if<Held>(&val)) split.validation = *set;
  return split;
}

train::FitHooks hooks_of(const std::function<void(const EpochReport&)>& after_epoch,
                         const std::function<void(const StepReport&)>& after_step, const std::atomic<bool>& stops) {
  return {.after_step = after_step, .after_epoch = after_epoch, .stop = [&stops] { return stops.load(); }};
}

FitResult fit(const py::function& network, const Held& data, Store& store, Scheduler& scheduler, const Validation& val,
              const Held& test, const std::optional<std::filesystem::path>& out, bool resume, bool overwrite,
              const std::string& monitor, std::int64_t patience, std::int64_t checkpoint_every,
              const std::function<void(const EpochReport&)>& after_epoch,
              const std::function<void(const StepReport&)>& after_step, const py::kwargs& given) {
  const train::TrainOptions options = train_options(given, "[fit] ");
  const train::FitOptions run{.out = out.value_or(""),
                              .resume = resume,
                              .overwrite = overwrite,
                              .monitor = enum_called<train::Monitor>("monitor", monitor),
                              .patience = patience,
                              .checkpoint_every = checkpoint_every};
  const data::Split split = split_of(data, val, test);
  const models::Network built = network_of(network);
  std::atomic<bool> stops = false;
  std::unique_ptr<train::Fit> done;
  run_interruptibly(
      [&] {
        done = train::fit(built, split, store, scheduler, options, run, hooks_of(after_epoch, after_step, stops));
      },
      [&] { stops = true; });
  return result_of(*done);
}

void bind_results(py::module_& m) {
  py::class_<EpochReport>(m, "EpochReport", "What an epoch of fit() came to.")
      .def_property_readonly(
          "epoch", [](const EpochReport& r) { return r.last.epoch; }, "1 for the first.")
      .def_readonly("train_loss", &EpochReport::train_loss, "Mean over its samples, before each update.")
      .def_readonly("evaluation", &EpochReport::evaluation, "Of the validation samples, else of the test samples.")
      .def_readonly("is_best", &EpochReport::is_best, "Whether it is the best so far, of those that were validated.")
      .def("__str__", &train::epoch_text)
      .def("__repr__", [](const EpochReport& r) { return "<EpochReport " + train::epoch_text(r) + ">"; });
  py::class_<FitResult>(m, "FitResult", "What fit() leaves.")
      .def_readonly("steps", &FitResult::steps, "How many were done, also before the run was resumed.")
      .def_readonly("best_epoch", &FitResult::best_epoch, "1 for the first; 0 without validation.")
      .def_readonly("best_value", &FitResult::best_value, "What `monitor` was then; None without validation.")
      .def_readonly("test", &FitResult::test, "Evaluation of the test samples; None without them.")
      .def_readonly("report", &FitResult::report, "Of the test: precision, recall and F1 of each class, and the like.")
      .def_readonly("weights", &FitResult::weights,
                    "A Store with the weights of the best epoch, else the moving average, else the last ones.")
      .def("__repr__", [](const FitResult& r) {
        return str_cat("<FitResult ", r.steps, " steps",
                       r.test ? ", test " + train::quality_text(*r.test) : std::string(), ">");
      });
}

using Report = train::ClassificationReport;
using Floats = py::array_t<float, py::array::c_style | py::array::forcecast>;

void add_to(Report& report, const Floats& logits, const py::object& labels) {
  require(logits.ndim() == 2, "[report] logits need shape [N, classes], got ",
          to_string(Shape(logits.shape(), logits.shape() + logits.ndim())));
  const py::array values = row_major("labels", labels, {.shape = {logits.shape(0)}, .type = Type::s32});
  report.add({logits.data(), static_cast<std::size_t>(logits.size())},
             {static_cast<const std::int32_t*>(values.data()), static_cast<std::size_t>(values.size())});
}

void bind_report(py::module_& m) {
  py::class_<Report>(m, "ClassificationReport",
                     "What a classifier gets right and wrong, class by class: precision, recall, F1, the confusion "
                     "matrix, calibration, the most confident mistakes. names of the classes may be empty.")
      .def(py::init<std::int64_t, std::vector<std::string>>(), "classes"_a, "names"_a = std::vector<std::string>())
      .def("add", &add_to, "logits"_a, "labels"_a, "The next samples: logits [N, classes] and labels [N].")
      .def_property_readonly("samples", &Report::samples, "How many were added.")
      .def_property_readonly("accuracy", &Report::accuracy, "Share of right answers, 0 … 1.")
      .def_property_readonly("top5", &Report::top5, "Share of samples whose label is among the five largest logits.")
      .def_property_readonly("calibration_error", &Report::calibration_error, "Expected calibration error, 15 bins.")
      .def_property_readonly("auroc", &Report::auroc, "Area under the ROC curve; None but for two classes.")
      .def(
          "to_dict", [](const Report& r) { return py::module_::import("json").attr("loads")(r.json()); },
          "All of it: 'f1', 'classes', 'confusion', 'mistakes', … as report.json has it.")
      .def("__str__", &Report::text);
}

}  // namespace

void bind_fit(py::module_& m) {
  bind_results(m);
  bind_report(m);
  train::TrainOptions options;
  const std::string help = kFit + help_of(train::table(options));
  m.def("fit", &fit, "network"_a, "data"_a, "store"_a, "scheduler"_a, py::kw_only(), "val"_a = py::none(),
        "test"_a = py::none(), "out"_a = py::none(), "resume"_a = false, "overwrite"_a = false,
        "monitor"_a = "accuracy", "patience"_a = 0, "checkpoint_every"_a = 0, "after_epoch"_a = py::none(),
        "after_step"_a = py::none(), help.c_str());
}

}  // namespace backflow::python
