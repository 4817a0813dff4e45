#include "examples/apps/train/train_run.h"

#include <fmt/format.h>

#include <iostream>

#include <backflow/graph/dot.h>
#include <backflow/graph/error.h>
#include <backflow/runtime/files/graphviz.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/labels.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/evaluation_text.h>
#include <backflow/runtime/train/run_folder.h>
#include "examples/apps/common/program.h"
#include "examples/apps/train/class_weights.h"
#include "examples/apps/train/foreign_model.h"
#include "examples/apps/train/train_data.h"
#include "examples/apps/train/train_folder.h"
#include "examples/apps/train/train_memory.h"
#include "examples/apps/train/train_network.h"

namespace backflow {
namespace {

namespace fs = std::filesystem;

/// What only the size of the data makes wrong.
void check_steps(const TrainSettings& s, std::size_t samples) {
  const auto batches = (static_cast<std::int64_t>(samples) + (s.drop_last ? 0 : s.batch - 1)) / s.batch;
  const std::int64_t per_epoch = batches * replays_of(s);
  if (s.schedule.warmup > s.epochs * per_epoch)
    throw UsageError(
        str_cat("--warmup ", s.schedule.warmup, " is more than the ", s.epochs * per_epoch, " steps of the run"));
}

}  // namespace

TrainRun::TrainRun(TrainProgram program, TrainSettings settings, Scheduler& scheduler, StatusBoard& board,
                   std::shared_ptr<const data::Split> data)
    : program_(std::move(program)),
      settings_(settings_of(program_, settings)),
      scheduler_(scheduler),
      board_(board),
      data_(std::move(data)),
      store_(settings_.seed) {
  check(settings_, program_.given);
  if (fs::is_directory(program_.out)) lock_output();
  make_network();
  check_same_network(program_, network_);
  if (network_.tuning) settings_.rate_factors = network_.tuning->rate_factors();
  make_fit();
  load_weights();
  if (features_) features_->take_weights(store_);
}

void TrainRun::make_network() {
  const StartModel start = start_model(program_, settings_);
  if (!data_) data_ = load_data(program_, settings_, start, scheduler_);
  if (start && program_.eval_only) return make_foreign(start);
  network_ = network_for(program_, settings_, *data_->train, start);
  settings_.class_weights = class_weights_of(settings_, *data_->train);
}

/// Of --eval-only --from.
void TrainRun::make_foreign(const StartModel& start) {
  network_ = network_to_evaluate(start, *data_->test);
  auto data = std::make_shared<data::Split>(*data_);
  const auto labels = program_.labels.empty() ? start->labels() : models::read_labels(program_.labels);
  data->test = with_classes_of(network_, labels, data->test);
  data_ = data;
}

void TrainRun::make_fit() {
  if (program_.eval_only) {
    evaluator_ = std::make_unique<train::Evaluator>(prediction(), *data_->test, store_, scheduler_,
                                                    train::final_evaluation(settings_));
    return;
  }
  check_steps(settings_, data_->train->size());
  if (program_.alone) check_memory(program_, settings_, network_, *data_);
  if (settings_.cache_features)
    features_ =
        std::make_unique<CachedFeatures>(*network_.tuning, network_.input, *data_, scheduler_, settings_.precision);
  data::Split data = features_ ? features_->data() : *data_;
  data.train = augmented_ = augmented(data.train, settings_);
  const models::Network& training = features_ ? prediction() : network_.training;
  fit_ = std::make_unique<train::Fit>(training, prediction(), data, store_, scheduler_, settings_, fit_options());
}

train::FitOptions TrainRun::fit_options() const {
  return {.out = program_.out,
          .monitor = settings_.monitor,
          .patience = settings_.patience,
          .checkpoint_every = program_.checkpoint_every,
          .last_step = program_.limit_steps.value_or(0),
          .metadata = metadata(),
          .images = data_->test};
}

const models::Network& TrainRun::prediction() const { return features_ ? features_->network() : network_.prediction; }

/// After the trainer, which chooses how weights lie in memory.
void TrainRun::load_weights() {
  if (network_.start) return network_.start->assign_to(store_);
  if (features_) models::add_leaves(network_.description, store_);
  if (program_.resume)
    resume();
  else if (const fs::path weights = weights_of(program_); !weights.empty())
    train::load_weights(weights, store_);
}

void TrainRun::resume() {
  try {
    fit_->resume();
  } catch (const OptionError& e) {
    throw_naming_flag(e);
  }
}

void TrainRun::lock_output() {
  if (program_.alone && !program_.eval_only && !lock_) lock_.emplace(program_.out);
}

void TrainRun::open_output() {
  make_folder(program_.out);
  lock_output();
  if (!program_.trace.empty()) check_writable("--trace", program_.trace);
  if (program_.tensorboard)
    events_ = std::make_unique<RunEvents>(program_.out / "tensorboard",
                                          program_.resume ? std::optional(fit_->resumed_steps() + 1) : std::nullopt);
  draw_graph();
}

/// Training goes on while graphviz draws.
void TrainRun::draw_graph() {
  Graph graph;
  fit_->trainer().build(graph);
  pictures_ =
      std::async(std::launch::async, [out = program_.out, source = to_dot(graph), plan = fit_->trainer().dot()] {
        files::write_drawing(source, out / "graph.dot");
        files::write_drawing(plan, out / "plan.dot");
      });
}

std::string TrainRun::label() const { return program_.name == "train" ? "" : program_.name + ": "; }

void TrainRun::say_resumed() const {
  if (!program_.resume) return;
  std::string text =
      str_cat(label(), "goes on after step ", fit_->resumed_steps(), " of ", fit_->trainer().total_steps());
  if (settings_.epochs != fit_->resumed_epochs())
    text += str_cat("; the run had ", fit_->resumed_epochs(), " epochs and now has ", settings_.epochs,
                    ", which the learning rate's schedule follows from here");
  board_.say(text);
}

std::unique_ptr<Job> TrainRun::job(const std::function<bool()>& interrupted,
                                   std::function<void(const train::StepReport&)> watch) {
  open_output();
  say_resumed();
  if (program_.memory_report) std::cout << to_string(fit_->trainer().memory_report()) << std::flush;
  const auto after_step = [this, watch = std::move(watch)](const train::StepReport& r) {
    if (events_) events_->add_step(r);
    if (page_) page_->add_step(r);
    if (watch) watch(r);
  };
  observe_answers();
  auto whole = fit_->job({.after_step = after_step,
                          .after_epoch = [this](const train::EpochReport& r) { end_epoch(r); },
                          .stop = interrupted});
  whole = std::make_unique<train::ChainedJob>(std::move(whole), [this] {
    pictures_.get();
    return nullptr;
  });
  if (!features_) return whole;
  // The batch that is loaded has features that were not yet computed.
  return after_features(
      *features_, std::move(whole), [this] { fit_->reload(); }, interrupted);
}

const train::FinalTest& TrainRun::evaluate() {
  test_ = std::make_unique<train::FinalTest>(*evaluator_, *data_->test);
  test_->run();
  return *test_;
}

std::string TrainRun::result() const {
  const std::string steps = fmt::format("{} steps", fit_->trainer().steps_done());
  if (fit_->test()) return steps + ", test " + train::quality_text(fit_->test()->evaluation());
  if (!fit_->test_accuracy()) return steps;
  return steps + fmt::format(", test accuracy {:.2f} %", 100 * *fit_->test_accuracy());
}

/// For the confusion matrix of the page.
void TrainRun::observe_answers() {
  if (!page_ || !fit_->evaluator() || data_->train->target_count() > 0) return;
  answers_.emplace(data_->train->class_count(), data_->train->class_names());
  fit_->evaluator()->observe(
      [this](std::span<const float> logits, std::span<const std::int32_t> labels) { answers_->add(logits, labels); });
}

void TrainRun::end_epoch(const train::EpochReport& r) {
  if (events_) events_->add_epoch(r, store_);
  if (page_) page_->add_epoch(r);
  if (answers_) {
    page_->set_confusion(*answers_, r.validates ? "validation" : "test");
    answers_.emplace(data_->train->class_count(), data_->train->class_names());
  }
  board_.say(label() + epoch_text(r));
}

Metadata TrainRun::metadata() const {
  auto metadata = metadata_of(settings_);
  metadata["classes"] = std::to_string(data_->train->output_count());
  metadata.merge(metadata_of(network_, *data_->train));
  if (!network_.description.empty()) metadata["network"] = network_.description;
  return metadata;
}

}  // namespace backflow
