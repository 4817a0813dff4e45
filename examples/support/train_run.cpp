#include "examples/support/train_run.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <iostream>

#include "examples/support/program.h"
#include "examples/support/settings.h"
#include "graph/error.h"
#include "runtime/checkpoint.h"
#include "runtime/job_report.h"
#include "runtime/picture.h"
#include "runtime/train/snapshot.h"

namespace backflow {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

Network network_of(const TrainSettings& s, int classes) {
  try {
    return train_network(s.model, s.hidden, classes);
  } catch (const Error& e) {
    throw UsageError(concat("--model: ", e.what()));
  }
}

template <class Check>
void check_usage(Check check) {
  try {
    check();
  } catch (const Error& e) {
    throw UsageError(e.what());
  }
}

int threads_of(const TrainProgram& p) {
  if (p.threads && (*p.threads < 1 || *p.threads > 1024))
    throw UsageError(concat("--threads needs to be 1 … 1024, got ", *p.threads));
  return p.threads.value_or(0);
}

/// The settings of the run that --resume goes on with; what the command line says otherwise is a mistake.
TrainSettings settings_of(const TrainProgram& p, const TrainSettings& s) {
  if (!p.resume) return s;
  const auto file = p.out / "checkpoint.safetensors";
  require(fs::exists(file), "--resume: there is no checkpoint '", file.string(), "'");
  return settings_from(read_metadata(file), s, p.given, file);
}

/// A loss is that before the update, so it says nothing about what the last update made.
void check_finite(const Store& store, std::int64_t step) {
  for (const auto& [name, tensor] : store.tensors())
    for (float v : tensor.as())
      require(std::isfinite(v), "[train] '", name, "' has the value ", v, " after step ", step,
              "; a smaller learning rate may help");
}

}  // namespace

template <class... Parts>
void TrainRun::say(const Parts&... parts) {
  board_.say(concat(parts...));
}

TrainRun::TrainRun(TrainProgram program, TrainSettings settings)
    : program_(std::move(program)),
      settings_(settings_of(program_, settings)),
      scheduler_(threads_of(program_)),
      board_(scheduler_.threads(), program_.quiet, false),
      store_(settings_.seed) {
  check_usage([&] { check(settings_); });
  if (program_.limit_steps && *program_.limit_steps < 1)
    throw UsageError(concat("--limit-steps needs to be ≥ 1, got ", *program_.limit_steps));
  network_of(settings_, 1);
  data_ = find_dataset(settings_.data);
  const Network network = network_of(settings_, data_.train.classes);
  if (!program_.trace.empty()) trace_ = std::make_unique<Trace>(scheduler_.threads());
  scheduler_.set_trace(trace_.get());
  if (!program_.eval_only) {
    trainer_ = std::make_unique<Trainer>(network, data_.train, store_, scheduler_, options());
  }
  evaluator_ = std::make_unique<Evaluator>(network, data_.test, store_, scheduler_);
  if (program_.resume)
    load_resumed();
  else if (!program_.checkpoint.empty())
    load_weights(program_.checkpoint);
  else if (program_.eval_only)
    load_weights(program_.out / "model.safetensors");
}

TrainOptions TrainRun::options() const {
  TrainOptions o;
  o.epochs = settings_.epochs;
  o.batch = settings_.batch;
  o.optimizer = optimizer_of(settings_.optimizer);
  o.learning_rate = settings_.learning_rate;
  o.momentum = settings_.momentum;
  o.weight_decay = settings_.weight_decay;
  o.label_smoothing = settings_.label_smoothing;
  o.nesterov = settings_.nesterov;
  o.schedule.kind = settings_.schedule;
  o.schedule.warmup = settings_.warmup;
  o.schedule.drop_every = settings_.drop_every;
  o.schedule.drop = settings_.drop;
  o.seed = settings_.seed;
  return o;
}

void TrainRun::load_resumed() {
  const auto file = program_.out / "checkpoint.safetensors";
  const auto metadata = load_checkpoint(file, store_);
  resumed_ = number(metadata, "step", file);
  epoch_loss_ = exact_double(metadata, "epoch_loss", file);
  trainer_->resume(resumed_);
}

void TrainRun::load_weights(const fs::path& file) {
  Store parameters(store_.seed());
  for (const auto& [name, tensor] : store_.tensors())
    if (is_parameter(name)) parameters.assign(name, store_.plain(name));
  load_checkpoint(file, parameters, {.ignore_unexpected = true});
  for (const auto& [name, tensor] : parameters.tensors()) store_.assign(name, tensor);
}

void TrainRun::open_output() {
  std::error_code error;
  fs::create_directories(program_.out, error);
  require(!error, "--out: cannot make the folder '", program_.out.string(), "': ", error.message());
  const auto file = program_.out / "metrics.jsonl";
  metrics_ = program_.resume ? std::make_unique<MetricsFile>(
                                   file, MetricsFile::Resume{resumed_ + 1, resumed_ / trainer_->steps_per_epoch() + 1})
                             : std::make_unique<MetricsFile>(file);
  Graph graph;
  trainer_->build(graph);
  write_graph_picture(graph, program_.out / "graph.dot");
}

int TrainRun::train(const std::function<bool()>& interrupted) {
  open_output();
  last_step_ = std::min(program_.limit_steps.value_or(trainer_->total_steps()), trainer_->total_steps());
  say(fmt::format("{} on {}: {} images, {} epochs of {} steps, {} workers", settings_.model, settings_.data,
                  data_.train.size(), settings_.epochs, trainer_->steps_per_epoch(), scheduler_.threads()));
  if (program_.resume) say("goes on after step ", resumed_);
  steps(interrupted);
  save(program_.out / "checkpoint.safetensors", false);
  const bool stopped = interrupted() && trainer_->steps_done() < last_step_;
  if (!stopped) save(program_.out / "model.safetensors", true);
  if (trace_) trace_->write(program_.trace);
  if (stopped) {
    std::cerr << "interrupted after step " << trainer_->steps_done() << "; to go on: train --resume --out "
              << program_.out.string() << '\n';
    return 130;
  }
  if (trainer_->done()) {
    const Evaluation e = evaluator_->run();
    say(fmt::format("test accuracy {:.2f} %  (model: {})", 100 * e.accuracy,
                    (program_.out / "model.safetensors").string()));
  } else {
    say("stopped after step ", trainer_->steps_done(), " of ", trainer_->total_steps());
  }
  return 0;
}

void TrainRun::steps(const std::function<bool()>& interrupted) {
  step_began_ = Clock::now();
  const TrainHooks hooks{.after_step = [this](const StepReport& r) { end_step(r); },
                         .after_epoch = [this](const StepReport& r, const Evaluation& e) { end_epoch(r, e); },
                         .last_step = last_step_,
                         .stop = interrupted};
  JobHandle job = scheduler_.submit(std::make_unique<TrainJob>(*trainer_, evaluator_.get(), hooks), {.name = "train"});
  board_.add(job);
  while (!job.wait_for(std::chrono::milliseconds(100))) board_.show();
  board_.clear();
  const JobStatus status = job.wait();
  if (!program_.predict_cores) return;
  say(limits_line("train", limits_of(status, job.profiles(), scheduler_.threads())));
  say(prediction_text("train", job.profiles()));
}

/// Between two steps, on a worker.
void TrainRun::end_step(const StepReport& r) {
  const double seconds = std::chrono::duration<double>(Clock::now() - step_began_).count();
  epoch_loss_ += static_cast<double>(r.loss) * static_cast<double>(r.samples);
  metrics_->write({{"step", r.step},
                   {"epoch", r.epoch},
                   {"loss", r.loss},
                   {"lr", r.learning_rate},
                   {"samples_per_s", std::round(static_cast<double>(r.samples) / seconds)}});
  step_began_ = Clock::now();
}

void TrainRun::end_epoch(const StepReport& r, const Evaluation& e) {
  const double loss = std::exchange(epoch_loss_, 0) / static_cast<double>(data_.train.size());
  metrics_->write({{"epoch", r.epoch}, {"train_loss", loss}, {"test_loss", e.loss}, {"test_accuracy", e.accuracy}});
  save(program_.out / "checkpoint.safetensors", false);
  say(fmt::format("epoch {:3}  train loss {:.4f}  test loss {:.4f}  test accuracy {:.2f} %", r.epoch, loss, e.loss,
                  100 * e.accuracy));
  step_began_ = Clock::now();
}

void TrainRun::save(const fs::path& file, bool only_parameters) {
  check_finite(store_, trainer_->steps_done());
  auto metadata = metadata_of(settings_);
  metadata["step"] = std::to_string(trainer_->steps_done());
  metadata["classes"] = std::to_string(data_.train.classes);
  metadata["image"] = to_string(data_.train.image);
  metadata["mean"] = fmt::format("{}", data_.train.mean);
  metadata["deviation"] = fmt::format("{}", data_.train.deviation);
  if (!only_parameters) {
    metadata["epoch_loss"] = fmt::format("{}", epoch_loss_);
    return save_checkpoint(file, store_, metadata);
  }
  Store parameters(store_.seed());
  for (const auto& [name, tensor] : store_.tensors())
    if (is_parameter(name)) parameters.assign(name, store_.plain(name));
  save_checkpoint(file, parameters, metadata);
}

int TrainRun::evaluate() {
  const Evaluation e = evaluator_->run();
  std::cout << fmt::format("test loss {:.4f}  test accuracy {:.2f} %\n", e.loss, 100 * e.accuracy);
  return 0;
}

}  // namespace backflow
