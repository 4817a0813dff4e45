#include "examples/apps/train/train_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include <backflow/graph/dot.h>
#include <backflow/graph/error.h>
#include <backflow/runtime/files/graphviz.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/checkpoint.h>
#include <backflow/runtime/train/snapshot.h>
#include "examples/apps/common/program.h"
#include "examples/apps/train/class_weights.h"
#include "examples/apps/train/evaluation_text.h"
#include "examples/apps/train/train_data.h"
#include "examples/apps/train/train_folder.h"
#include "examples/apps/train/train_memory.h"
#include "examples/apps/train/train_network.h"

namespace backflow {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// What only the size of the data makes wrong.
void check_steps(const TrainSettings& s, std::size_t samples) {
  const auto batches = (static_cast<std::int64_t>(samples) + (s.drop_last ? 0 : s.batch - 1)) / s.batch;
  const std::int64_t per_epoch = batches * replays_of(s);
  if (s.schedule.warmup > s.epochs * per_epoch)
    throw UsageError(
        str_cat("--warmup ", s.schedule.warmup, " is more than the ", s.epochs * per_epoch, " steps of the run"));
}

/// A loss is that before the update, so it says nothing about what the last update made.
void check_finite(const Store& store, std::int64_t step) {
  for (const auto& [name, tensor] : store.tensors())
    for (float v : tensor.as())
      require(std::isfinite(v), "[train] '", name, "' has the value ", v, " after step ", step,
              "; a smaller learning rate may help");
}

}  // namespace

TrainRun::TrainRun(TrainProgram program, TrainSettings settings, Scheduler& scheduler, StatusBoard& board,
                   std::shared_ptr<const data::Split> data)
    : program_(std::move(program)),
      settings_(settings_of(program_, settings)),
      scheduler_(scheduler),
      board_(board),
      data_(std::move(data)),
      store_(settings_.seed),
      best_(settings_.monitor, settings_.patience),
      plateau_(settings_.schedule.drop, settings_.schedule.drop_every) {
  check(settings_, program_.given);
  if (fs::is_directory(program_.out)) lock_output();
  make_network();
  check_same_network(program_, network_);
  if (network_.tuning) settings_.rate_factors = network_.tuning->rate_factors();
  make_trainer();
  load_weights();
  if (features_) features_->take_weights(store_);
}

void TrainRun::make_network() {
  const StartModel start = start_model(program_, settings_);
  if (!data_) data_ = load_data(program_, settings_, start, scheduler_);
  network_ = network_for(program_, settings_, *data_->train, start);
  settings_.class_weights = class_weights_of(settings_, *data_->train);
  if (data_->train->target_count() > 0) best_ = train::BestEpoch(train::Monitor::loss, settings_.patience);
}

void TrainRun::make_trainer() {
  if (settings_.cache_features && !program_.eval_only) {
    check_steps(settings_, data_->train->size());
    if (program_.alone) check_memory(program_, settings_, network_, *data_);
    features_ =
        std::make_unique<CachedFeatures>(*network_.tuning, network_.input, *data_, scheduler_, settings_.precision);
  }
  const data::Split& data = features_ ? features_->data() : *data_;
  if (!program_.eval_only) {
    check_steps(settings_, data.train->size());
    if (program_.alone && !features_) check_memory(program_, settings_, network_, data);
    const models::Network& network = features_ ? prediction() : network_.training;
    augmented_ = augmented(data.train, settings_);
    trainer_ = std::make_unique<train::Trainer>(network, *augmented_, store_, scheduler_, settings_);
  }
  const bool validates = data.validation && !program_.eval_only;
  evaluator_ = std::make_unique<train::Evaluator>(
      prediction(), validates ? *data.validation : *data.test, evaluated(), scheduler_,
      program_.eval_only ? final_evaluation(settings_) : train::EvaluatorOptions());
}

const models::Network& TrainRun::prediction() const { return features_ ? features_->network() : network_.prediction; }

/// After the trainer, which chooses how weights lie in memory.
void TrainRun::load_weights() {
  if (network_.start) return network_.start->assign_to(store_);
  if (features_) models::add_leaves(network_.description, store_);
  if (program_.resume)
    load_resumed();
  else if (const fs::path weights = weights_of(program_); !weights.empty())
    train::load_weights(weights, store_);
}

void TrainRun::lock_output() {
  if (program_.alone && !program_.eval_only && !lock_) lock_.emplace(program_.out);
}

void TrainRun::load_resumed() {
  const auto file = program_.out / kCheckpoint;
  const Metadata metadata = load_checkpoint_of(program_, store_);
  resumed_ = saved_ = number(metadata, "step", file);
  if (resumed_ > trainer_->total_steps())
    throw UsageError(str_cat("--epochs ", settings_.epochs, " is ", trainer_->total_steps(), " steps, but the run in '",
                             program_.out.string(), "' has done ", resumed_));
  resumed_epochs_ = number(metadata, "epochs", file);
  epoch_loss_ = exact_double(metadata, "epoch_loss", file);
  if (metadata.contains("test_accuracy")) test_accuracy_ = exact_double(metadata, "test_accuracy", file);
  if (metadata.contains("best_epoch")) {
    require(fs::exists(program_.out / kBest), "--resume: '", (program_.out / kBest).string(), "' is missing");
    best_.restore(number(metadata, "best_epoch", file), exact_double(metadata, "best_value", file));
    plateau_.restore(exact_double(metadata, "rate_factor", file), number(metadata, "waited", file));
    trainer_->set_rate_factor(plateau_.factor());
  }
  trainer_->resume(resumed_);
}

void TrainRun::open_output() {
  make_folder(program_.out);
  lock_output();
  if (!program_.resume) remove_results(program_);
  if (!program_.trace.empty()) check_writable("--trace", program_.trace);
  const auto file = program_.out / "metrics.jsonl";
  metrics_ = program_.resume
                 ? std::make_unique<train::MetricsFile>(
                       file, train::MetricsFile::Resume{resumed_ + 1, resumed_ / trainer_->steps_per_epoch() + 1})
                 : std::make_unique<train::MetricsFile>(file);
  if (program_.tensorboard)
    events_ = std::make_unique<RunEvents>(program_.out / "tensorboard",
                                          program_.resume ? std::optional(resumed_ + 1) : std::nullopt);
  Graph graph;
  trainer_->build(graph);
  // Training goes on while graphviz draws.
  pictures_ = std::async(std::launch::async, [out = program_.out, source = to_dot(graph), plan = trainer_->dot()] {
    files::write_drawing(source, out / "graph.dot");
    files::write_drawing(plan, out / "plan.dot");
  });
}

std::string TrainRun::label() const { return program_.name == "train" ? "" : program_.name + ": "; }

void TrainRun::say_resumed() const {
  if (!program_.resume) return;
  std::string text = str_cat(label(), "goes on after step ", resumed_, " of ", trainer_->total_steps());
  if (settings_.epochs != resumed_epochs_)
    text += str_cat("; the run had ", resumed_epochs_, " epochs and now has ", settings_.epochs,
                    ", which the learning rate's schedule follows from here");
  board_.say(text);
}

std::unique_ptr<Job> TrainRun::job(const std::function<bool()>& interrupted,
                                   std::function<void(const train::StepReport&)> watch) {
  open_output();
  say_resumed();
  last_step_ = std::min(program_.limit_steps.value_or(trainer_->total_steps()), trainer_->total_steps());
  if (program_.memory_report) std::cout << to_string(trainer_->memory_report()) << std::flush;
  step_began_ = Clock::now();
  const auto after_step = [this, watch = std::move(watch)](const train::StepReport& r) {
    end_step(r);
    if (watch) watch(r);
  };
  auto training = std::make_unique<train::TrainJob>(
      *trainer_, evaluator_.get(),
      train::TrainHooks{
          .after_step = after_step,
          .after_epoch = [this](const train::StepReport& r, const train::Evaluation& e) { end_epoch(r, e); },
          .at_end = [this] { finish(); },
          .last_step = last_step_,
          .stop = [this, interrupted] { return is_over() || interrupted(); },
          .validates = data_->validation != nullptr});
  auto whole = std::make_unique<train::ChainedJob>(std::move(training), [this] { return test_job(); });
  if (!features_) return whole;
  const auto computed = [this] {
    trainer_->resume(trainer_->steps_done());  // loads its batch again
    step_began_ = Clock::now();
  };
  return after_features(*features_, std::move(whole), computed, interrupted);
}

bool TrainRun::is_over() const { return best_.is_over(trainer_->steps_done() / trainer_->steps_per_epoch()); }

/// Of the best epoch's weights, where there is something to find it with.
std::unique_ptr<Job> TrainRun::test_job() {
  if (!complete()) return nullptr;
  if (best_.epoch() > 0) train::load_weights(program_.out / kBest, best_weights_);
  if (best_.epoch() > 0 || is_robust(settings_))
    best_evaluator_ = std::make_unique<train::Evaluator>(prediction(), *(features_ ? features_->data() : *data_).test,
                                                         best_.epoch() > 0 ? best_weights_ : evaluated(), scheduler_,
                                                         final_evaluation(settings_));
  test_ = std::make_unique<FinalTest>(best_evaluator_ ? *best_evaluator_ : *evaluator_, *data_->test);
  return test_->job([this] {
    if (!test_->evaluation().regression) test_accuracy_ = test_->evaluation().accuracy;
    test_->write(program_.out,
                 best_.epoch() > 0 ? best_.epoch() : trainer_->steps_done() / trainer_->steps_per_epoch());
  });
}

const FinalTest& TrainRun::evaluate() {
  test_ = std::make_unique<FinalTest>(*evaluator_, *data_->test);
  test_->run();
  return *test_;
}

/// Between two steps, on a worker.
void TrainRun::end_step(const train::StepReport& r) {
  const double seconds = std::chrono::duration<double>(Clock::now() - step_began_).count();
  epoch_loss_ += static_cast<double>(r.loss) * static_cast<double>(r.samples);
  metrics_->write({{"step", r.step},
                   {"epoch", r.epoch},
                   {"loss", r.loss},
                   {"learning_rate", r.learning_rate},
                   {"samples_per_s", std::round(static_cast<double>(r.samples) / seconds)}});
  if (events_) events_->add_step(r);
  if (r.ends_epoch && averages()) train::assign_averages(store_, average_);
  // An epoch's last step is kept with its evaluation.
  if (program_.checkpoint_every > 0 && r.step % program_.checkpoint_every == 0 && !r.ends_epoch) save_checkpoint();
  step_began_ = Clock::now();
}

void TrainRun::end_epoch(const train::StepReport& r, const train::Evaluation& e) {
  const std::int64_t samples = settings_.drop_last
                                   ? trainer_->steps_per_epoch() * settings_.batch
                                   : static_cast<std::int64_t>(data_->train->size()) * trainer_->replays();
  const double loss = std::exchange(epoch_loss_, 0) / static_cast<double>(samples);
  const bool validates = data_->validation != nullptr;
  write_epoch(*metrics_, r.epoch, loss, e, validates);
  if (events_) events_->add_epoch(r, loss, e, validates, store_);
  if (validates) end_validation(r.epoch, e);
  if (!validates && !e.regression) test_accuracy_ = e.accuracy;
  save_checkpoint();
  board_.say(fmt::format("{}epoch {:3}  train loss {:.4f}  {}", label(), r.epoch, loss,
                         evaluation_text(e, validates ? "validation" : "test")));
  step_began_ = Clock::now();
}

/// Keeps the best weights, and lowers the learning rate where there are no better ones for long.
void TrainRun::end_validation(std::int64_t epoch, const train::Evaluation& e) {
  const bool is_better = best_.add(epoch, e);
  if (is_better) train::save_weights(program_.out / kBest, evaluated(), metadata());
  if (settings_.schedule.kind != train::ScheduleKind::plateau) return;
  plateau_.add(is_better);
  trainer_->set_rate_factor(plateau_.factor());
}

void TrainRun::finish() {
  save_checkpoint();
  if (!stopped()) train::save_weights(program_.out / kModel, store_, metadata());
  if (averages()) {
    train::assign_averages(store_, average_);
    if (!stopped()) train::save_weights(program_.out / kAverage, average_, metadata());
  }
  pictures_.get();
}

Metadata TrainRun::metadata() const {
  auto metadata = metadata_of(settings_);
  metadata["step"] = std::to_string(trainer_->steps_done());
  metadata["classes"] = std::to_string(data_->train->output_count());
  metadata.merge(metadata_of(network_, *data_->train));
  if (!network_.description.empty()) metadata["network"] = network_.description;
  return metadata;
}

void TrainRun::save_checkpoint() {
  check_finite(store_, trainer_->steps_done());
  if (saved_ == trainer_->steps_done()) return;
  const fs::path file = program_.out / kCheckpoint;
  auto all = metadata();
  all["epoch_loss"] = fmt::format("{}", epoch_loss_);
  if (test_accuracy_) all["test_accuracy"] = fmt::format("{}", *test_accuracy_);
  if (best_.epoch() > 0) {
    all["best_epoch"] = std::to_string(best_.epoch());
    all["best_value"] = fmt::format("{}", best_.value());
    all["rate_factor"] = fmt::format("{}", plateau_.factor());
    all["waited"] = std::to_string(plateau_.waited());
  }
  keep_previous(program_, saved_ >= 0);
  train::save_checkpoint(file, store_, all);
  saved_ = trainer_->steps_done();
}

}  // namespace backflow
