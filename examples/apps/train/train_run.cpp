#include "examples/apps/train/train_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include <backflow/graph/dot.h>
#include <backflow/graph/error.h>
#include <backflow/runtime/files/graphviz.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/description.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/checkpoint.h>
#include "examples/apps/common/program.h"
#include "examples/apps/train/train_data.h"
#include "examples/apps/train/train_memory.h"
#include "examples/apps/train/train_network.h"

namespace backflow {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* kCheckpoint = "checkpoint.safetensors";
constexpr const char* kPrevious = "checkpoint.previous.safetensors";  // the one before it

/// Another run's results are not overwritten unasked.
void check_folder(const TrainProgram& p, const TrainSettings& s) {
  for (const char* name : {kCheckpoint, "model.safetensors"}) {
    const fs::path file = p.out / name;
    if (!fs::exists(file)) continue;
    const Metadata found = completed(read_metadata(file));
    for (const auto& [key, mine] : metadata_of(s)) {
      const auto its = found.find(key);
      if (its == found.end() || its->second != mine)
        fail("--out: '", p.out.string(), "' holds a run with --", key, " ",
             its == found.end() ? "of no value" : files::printable(its->second), ", this one has ", mine,
             "; --overwrite replaces it");
    }
    const std::int64_t done = found.contains("step") ? number(found, "step", file) : 0;
    require(!p.limit_steps || done <= *p.limit_steps, "--out: '", p.out.string(), "' holds ", done,
            " steps of this run, which --limit-steps ", p.limit_steps.value_or(0),
            " would cut short; --resume goes on with it, --overwrite replaces it");
  }
}

/// What `read` makes of a checkpoint; its errors name the one before it.
template <class Read>
auto from_checkpoint(const fs::path& file, Read read) {
  try {
    return read(file);
  } catch (const Error& e) {
    const fs::path previous = file.parent_path() / kPrevious;
    if (!fs::exists(previous)) throw;
    fail(e.what(), "; to go on from the one before it, rename '", previous.string(), "' to ", kCheckpoint);
  }
}

/// The settings of the run that --resume goes on with; but for --epochs, what the command line says otherwise is a
/// mistake. The precision is what it comes to on this CPU, so that a run keeps it.
TrainSettings settings_of(const TrainProgram& p, TrainSettings s) {
  s.precision = checked_precision(s.precision);
  if (!p.resume) {
    const fs::path weights = weights_of(p);
    if (!weights.empty()) s = with_network_of(weights, s, p);
    if (!p.overwrite && !p.eval_only) check_folder(p, s);
    return s;
  }
  const auto file = p.out / kCheckpoint;
  require(fs::exists(file), "--resume: there is no checkpoint '", file.string(), "'");
  return settings_from(from_checkpoint(file, read_metadata), s, p.given, file);
}

/// Keeps what `file` is now under the other name, where the file system has hard links.
void keep_previous(const fs::path& file) {
  std::error_code ignored;
  fs::create_hard_link(file, file.parent_path() / kPrevious, ignored);
}

/// A loss is that before the update, so it says nothing about what the last update made.
void check_finite(const Store& store, std::int64_t step) {
  for (const auto& [name, tensor] : store.tensors())
    for (float v : tensor.as())
      require(std::isfinite(v), "[train] '", name, "' has the value ", v, " after step ", step,
              "; a smaller learning rate may help");
}

}  // namespace

files::OptionTable table(TrainProgram& p) {
  using files::at_least;
  return {
      {"threads", &p.threads, "workers; default: the CPUs that this process may use", {1, 1024}},
      {"out", &p.out, "folder for the results"},
      {"checkpoint", &p.checkpoint, "start from these weights (or evaluate them with --eval-only)"},
      {"resume", &p.resume, "go on from the checkpoint in --out, to the same bits as without interruption"},
      {"overwrite", &p.overwrite, "replace the results of another run in --out"},
      {"eval_only", &p.eval_only, "only measure loss and accuracy on the test images"},
      {"trace", &p.trace, "write which node ran on which worker when, for chrome://tracing"},
      {"checkpoint_every", &p.checkpoint_every, "steps between checkpoints within an epoch; 0: none", at_least(0)},
      {"limit_steps", &p.limit_steps, "stop after this many steps in all", at_least(1)},
      {"predict_cores", &p.predict_cores,
       "at the end say what limited the run, and predict its time on 1 to 64 workers"},
      {"memory_report", &p.memory_report,
       "print what holds how much memory, before the first step or where the limit refuses the run"},
      {"strict", &p.strict, "a picture that cannot be read ends the run; else it is left out"},
      {"quiet", &p.quiet, "print only errors"},
  };
}

TrainRun::TrainRun(TrainProgram program, TrainSettings settings, Scheduler& scheduler, StatusBoard& board,
                   std::shared_ptr<const data::Split> data)
    : program_(std::move(program)),
      settings_(settings_of(program_, settings)),
      board_(board),
      data_(std::move(data)),
      store_(settings_.seed) {
  check(settings_, program_.given);
  if (fs::is_directory(program_.out)) lock_output();
  make_network(scheduler);
  check_same_network(program_, network_);
  if (network_.tuning) settings_.rate_factors = network_.tuning->rate_factors();
  make_trainer(scheduler);
  load_weights();
  if (features_) features_->take_weights(store_);
}

void TrainRun::make_network(Scheduler& scheduler) {
  const StartModel start = start_model(program_, settings_);
  if (!data_) data_ = load_data(program_, settings_, start, scheduler);
  network_ = network_for(program_, settings_, *data_->train, start);
}

void TrainRun::make_trainer(Scheduler& scheduler) {
  if (settings_.cache_features && !program_.eval_only) {
    check_steps(settings_, data_->train->size());
    if (program_.alone) check_memory(program_, settings_, network_, *data_);
    features_ =
        std::make_unique<CachedFeatures>(*network_.tuning, network_.input, *data_, scheduler, settings_.precision);
  }
  const data::Split& data = features_ ? features_->data() : *data_;
  if (!program_.eval_only) {
    check_steps(settings_, data.train->size());
    if (program_.alone && !features_) check_memory(program_, settings_, network_, data);
    const models::Network& network = features_ ? features_->network() : network_.training;
    augmented_ = augmented(data.train, settings_);
    trainer_ = std::make_unique<train::Trainer>(network, *augmented_, store_, scheduler, settings_);
  }
  evaluator_ = std::make_unique<train::Evaluator>(features_ ? features_->network() : network_.prediction, *data.test,
                                                  store_, scheduler);
}

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
  const auto metadata = from_checkpoint(file, [&](const fs::path& f) { return train::load_checkpoint(f, store_); });
  resumed_ = saved_ = number(metadata, "step", file);
  if (resumed_ > trainer_->total_steps())
    throw UsageError(str_cat("--epochs ", settings_.epochs, " is ", trainer_->total_steps(), " steps, but the run in '",
                             program_.out.string(), "' has done ", resumed_));
  resumed_epochs_ = number(metadata, "epochs", file);
  epoch_loss_ = exact_double(metadata, "epoch_loss", file);
  if (metadata.contains("test_accuracy")) test_accuracy_ = exact_double(metadata, "test_accuracy", file);
  trainer_->resume(resumed_);
}

void TrainRun::open_output() {
  make_folder(program_.out);
  lock_output();
  if (!program_.trace.empty()) check_writable("--trace", program_.trace);
  const auto file = program_.out / "metrics.jsonl";
  metrics_ = program_.resume
                 ? std::make_unique<train::MetricsFile>(
                       file, train::MetricsFile::Resume{resumed_ + 1, resumed_ / trainer_->steps_per_epoch() + 1})
                 : std::make_unique<train::MetricsFile>(file);
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
          .stop = interrupted});
  if (!features_) return training;
  const auto computed = [this] {
    trainer_->resume(trainer_->steps_done());  // loads its batch again
    step_began_ = Clock::now();
  };
  return after_features(*features_, std::move(training), computed, interrupted);
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
  // An epoch's last step is kept with its evaluation.
  if (program_.checkpoint_every > 0 && r.step % program_.checkpoint_every == 0 && !r.ends_epoch) save_checkpoint();
  step_began_ = Clock::now();
}

void TrainRun::end_epoch(const train::StepReport& r, const train::Evaluation& e) {
  const double loss = std::exchange(epoch_loss_, 0) / static_cast<double>(data_->train->size());
  metrics_->write({{"epoch", r.epoch}, {"train_loss", loss}, {"test_loss", e.loss}, {"test_accuracy", e.accuracy}});
  test_accuracy_ = e.accuracy;
  save_checkpoint();
  board_.say(fmt::format("{}epoch {:3}  train loss {:.4f}  test loss {:.4f}  test accuracy {:.2f} %", label(), r.epoch,
                         loss, e.loss, 100 * e.accuracy));
  step_began_ = Clock::now();
}

void TrainRun::finish() {
  save_checkpoint();
  if (!stopped()) train::save_weights(program_.out / "model.safetensors", store_, metadata());
  pictures_.get();
}

Metadata TrainRun::metadata() const {
  auto metadata = metadata_of(settings_);
  metadata["step"] = std::to_string(trainer_->steps_done());
  metadata["classes"] = std::to_string(data_->train->class_count());
  metadata.merge(models::describe_images(network_.input));
  metadata.merge(models::describe_labels(*data_->train));
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
  std::error_code ignored;
  fs::remove(program_.out / kPrevious, ignored);
  if (saved_ >= 0) keep_previous(file);
  train::save_checkpoint(file, store_, all);
  saved_ = trainer_->steps_done();
}

}  // namespace backflow
