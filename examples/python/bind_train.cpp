// Training and evaluation of classifiers; a Python function builds the network.
#include <pybind11/functional.h>
#include <pybind11/stl.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/models/append_graph.h>
#include <backflow/runtime/models/description.h>
#include <backflow/runtime/train/evaluator.h>
#include <backflow/runtime/train/option_table.h>
#include <backflow/runtime/train/trainer.h>
#include "examples/python/bind.h"
#include "examples/python/bind_networks.h"
#include "examples/python/interrupt.h"
#include "examples/python/options.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

using train::Evaluation;
using train::Evaluator;
using train::ScheduleOptions;
using train::StepReport;
using train::Trainer;
using AfterStep = std::function<void(const StepReport&)>;

constexpr const char* kTrainer =
    "Trains a classifier on a Dataset. network: a function images [N, C, H, W] → logits [N, classes], called once for "
    "each size of a batch. Parameters and optimizer state are those of `store`. "
    "Options, and what they are by default:";

}  // namespace

models::Network network_of(const py::function& function) {
  const std::shared_ptr<const py::function> kept(new py::function(function), [](const py::function* f) {
    const py::gil_scoped_acquire lock;
    delete f;
  });
  return [kept](Value images) {
    const py::gil_scoped_acquire lock;
    const py::object graph = py::cast(std::make_unique<Graph>());
    Graph& own = graph.cast<Graph&>();
    own.set_mode(images.graph->mode());
    py::object x = py::cast(own.input("images", images.spec()));
    py::detail::keep_alive_impl(x, graph);
    const auto logits = (*kept)(x).cast<Value>();
    require(logits.graph == &own, "[train] the network's function returned a value of another graph");
    return models::append_graph(*images.graph, own, {{"images", images}}, "")[logits.node][logits.index];
  };
}

train::TrainOptions train_options(const py::kwargs& given, const std::string& where) {
  train::TrainOptions options;
  set_options(train::table(options), given, where);
  std::vector<std::string> names;
  for (const auto& [name, value] : given) names.push_back(name.cast<std::string>());
  train::check_effects(options, names);
  return options;
}

namespace {

std::unique_ptr<Trainer> trainer(const py::function& network, const data::Dataset& data, Store& store,
                                 Scheduler& scheduler, Trace* trace, const py::kwargs& given) {
  train::TrainOptions options = train_options(given, "[train] ");
  options.trace = trace;
  return std::make_unique<Trainer>(network_of(network), data, store, scheduler, options);
}

StepReport step(Trainer& trainer) {
  const py::gil_scoped_release release;
  return trainer.step();
}

void run(Trainer& trainer, std::optional<std::int64_t> steps, const AfterStep& after_step) {
  require(!steps || *steps >= 0, "[train] steps needs to be ≥ 0, got ", steps.value_or(0));
  for (std::int64_t done = 0; !trainer.done() && done != steps.value_or(-1); ++done) {
    const StepReport report = step(trainer);
    if (after_step) after_step(report);
    check_signals();
  }
}

Evaluation evaluate(Evaluator& evaluator) {
  evaluator.start();
  while (Flow* flow = evaluator.next()) {
    {
      const py::gil_scoped_release release;
      flow->run();
    }
    check_signals();
  }
  return evaluator.result();
}

train::Schedule schedule(const std::string& kind, double rate, std::int64_t steps, std::int64_t warmup,
                         std::int64_t steps_per_epoch, std::optional<std::int64_t> drop_every,
                         std::optional<double> drop) {
  ScheduleOptions options{.kind = enum_called<train::ScheduleKind>("kind", kind),
                          .rate = rate,
                          .steps = steps,
                          .warmup = warmup,
                          .steps_per_epoch = steps_per_epoch};
  require(options.kind == train::ScheduleKind::step || (!drop && !drop_every), "[schedule] ",
          drop ? "drop" : "drop_every", " has no effect with kind ", kind);
  options.drop_every = drop_every.value_or(options.drop_every);
  options.drop = drop.value_or(options.drop);
  return train::Schedule(options);
}

void bind_schedule(py::module_& m) {
  py::class_<train::Schedule>(
      m, "Schedule",
      "A learning rate as a function of the step, 0 for the first: constant, step (times `drop`, 0.1, each "
      "`drop_every` epochs, 1, of `steps_per_epoch`) or cosine (to 0 at `steps`); it grows linearly in the first "
      "`warmup` steps. rate: the "
      "highest.")
      .def(py::init(&schedule), "kind"_a = "constant", "rate"_a = 0.1, "steps"_a = 1, "warmup"_a = 0,
           "steps_per_epoch"_a = 1, "drop_every"_a = py::none(), "drop"_a = py::none())
      .def("at", &train::Schedule::at, "step"_a, "The learning rate of a step, 0 for the first.");
}

void bind_reports(py::module_& m) {
  py::class_<StepReport>(m, "StepReport", "What a step of a Trainer did.")
      .def_readonly("step", &StepReport::step, "1 for the first.")
      .def_readonly("epoch", &StepReport::epoch, "1 for the first.")
      .def_readonly("loss", &StepReport::loss, "Mean over the batch, before the update.")
      .def_readonly("learning_rate", &StepReport::learning_rate, "Of this step.")
      .def_readonly("samples", &StepReport::samples, "Images in the batch.")
      .def_readonly("ends_epoch", &StepReport::ends_epoch, "Whether it was the last of its epoch.")
      .def("__repr__", [](const StepReport& r) {
        return str_cat("<StepReport step ", r.step, ", epoch ", r.epoch, ", loss ", r.loss, ">");
      });
  py::class_<train::RegressionErrors>(m, "RegressionErrors", "Of predicted numbers, in the data's units.")
      .def_readonly("mae", &train::RegressionErrors::mae, "Mean of |prediction - number|.")
      .def_readonly("rmse", &train::RegressionErrors::rmse, "Root of the mean of (prediction - number)².")
      .def_readonly("r2", &train::RegressionErrors::r2, "1 - Σ (prediction - number)² / Σ (number - mean)².");
  py::class_<Evaluation>(m, "Evaluation", "Of a whole data set.")
      .def_readonly("loss", &Evaluation::loss, "Mean over all samples.")
      .def_readonly("accuracy", &Evaluation::accuracy, "Share of right answers, 0 … 1.")
      .def_readonly("f1", &Evaluation::f1, "Mean of 2 TP / (2 TP + FP + FN) over the classes of labels and answers.")
      .def_readonly("robust_accuracy", &Evaluation::robust_accuracy,
                    "The same of attacked samples; None without a threat.")
      .def_readonly("regression", &Evaluation::regression, "RegressionErrors where numbers are predicted, else None.")
      .def("__repr__", [](const Evaluation& e) {
        if (e.regression) return str_cat("<Evaluation loss ", e.loss, ", rmse ", e.regression->rmse, ">");
        return str_cat("<Evaluation loss ", e.loss, ", accuracy ", e.accuracy, ">");
      });
}

void bind_descriptions(py::module_& m) {
  m.def(
      "describe",
      [](const py::function& network, const data::Dataset& data) {
        return models::describe(network_of(network), data);
      },
      "network"_a, "data"_a,
      "Metadata for Store.save, a dict of texts, with which the file is a model for load_model, classify and dream: "
      "entry 'network' has the ops of the network's function in prediction mode, the others say what images of `data` "
      "it reads. What cannot be described is a ValueError: ops other than convolutions, linear layers, batch "
      "normalisation, pools, activations, softmax, sums, products, concat, scale and reshape.");
  m.def("describe_images", py::overload_cast<const data::Dataset&>(&models::describe_images), "data"_a,
        "Of it what a file says of its images: 'image', 'mean' and 'deviation'.");
}

}  // namespace

void bind_train(py::module_& m) {
  bind_schedule(m);
  bind_reports(m);
  bind_fit(m);
  train::TrainOptions options;
  const std::string help = kTrainer + help_of(train::table(options));
  py::class_<Trainer>(m, "Trainer", help.c_str())
      .def(py::init(&trainer), "network"_a, "data"_a, "store"_a, "scheduler"_a, "trace"_a = py::none(),
           py::keep_alive<1, 3>(), py::keep_alive<1, 4>(), py::keep_alive<1, 5>(), py::keep_alive<1, 6>())
      .def("step", &step, "One step on the next batch. A loss that is not finite is a ValueError.")
      .def("run", &run, "steps"_a = py::none(), "after_step"_a = py::none(),
           "So many steps, or all that remain. after_step is called with the StepReport of each. Ctrl-C ends it after "
           "the step that runs.")
      .def("resume", &Trainer::resume, "steps"_a,
           "Goes on after so many steps, with the batches and the learning rate of an uninterrupted run.")
      .def_property_readonly("done", &Trainer::done, "Whether all steps are done.")
      .def_property_readonly("steps_done", &Trainer::steps_done, "Steps so far.")
      .def_property_readonly("steps_per_epoch", &Trainer::steps_per_epoch, "Batches in an epoch.")
      .def_property_readonly("total_steps", &Trainer::total_steps, "Steps of all epochs.")
      .def("__repr__",
           [](const Trainer& t) { return str_cat("<Trainer at step ", t.steps_done(), " of ", t.total_steps(), ">"); });
  py::class_<Evaluator>(m, "Evaluator",
                        "Loss and accuracy of a classifier on a Dataset, with the parameters that `store` has when it "
                        "runs. A network that would write to the store is a ValueError. batch: images at a time; 0: "
                        "500, or fewer that are large. threat: linf:8/255, l2:0.5, …: each sample is attacked too, by "
                        "20 steps of projected ascent within this distance of pixels in 0 … 1.")
      .def(py::init([](const py::function& network, const data::Dataset& data, Store& store, Scheduler& scheduler,
                       std::int64_t batch, const std::optional<std::string>& threat) {
             train::EvaluatorOptions how{.batch = batch};
             if (threat) how.threat = attack::parse_threat(*threat);
             return std::make_unique<Evaluator>(network_of(network), data, store, scheduler, how);
           }),
           "network"_a, "data"_a, "store"_a, "scheduler"_a, "batch"_a = 0, "threat"_a = py::none(),
           py::keep_alive<1, 3>(), py::keep_alive<1, 4>(), py::keep_alive<1, 5>())
      .def("run", &evaluate, "Over the whole data set.");
  bind_descriptions(m);
}

}  // namespace backflow::python
