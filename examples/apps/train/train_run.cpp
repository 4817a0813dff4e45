#include "examples/apps/train/train_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>

#include <backflow/graph/dot.h>
#include <backflow/graph/error.h>
#include <backflow/runtime/files/graphviz.h>
#include <backflow/runtime/models/description.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/checkpoint.h>
#include "examples/apps/common/program.h"

namespace backflow {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// The network that the weights of `file` belong to, and for an evaluation their data, where the command line does not
/// say otherwise.
TrainSettings with_network_of(const fs::path& file, TrainSettings s, const TrainProgram& p) {
  const Metadata metadata = read_metadata(file);
  const files::OptionTable options = table(s);
  for (const char* name : {"model", "hidden", "data"}) {
    const bool given = std::find(p.given.begin(), p.given.end(), name) != p.given.end();
    const auto found = metadata.find(name);
    if (given || found == metadata.end() || (!p.eval_only && std::string(name) == "data")) continue;
    set(*files::find(options, name), found->second);
  }
  return s;
}

/// The network to train, or to evaluate: that which the weights' file describes, where --model does not say otherwise.
models::Network network_for(const TrainProgram& p, const TrainSettings& s, int classes) {
  const bool given = std::find(p.given.begin(), p.given.end(), "model") != p.given.end();
  if (p.eval_only && !given) {
    const fs::path file = p.checkpoint.empty() ? p.out / "model.safetensors" : fs::path(p.checkpoint);
    const Metadata metadata = read_metadata(file);
    if (const auto found = metadata.find("network"); found != metadata.end()) try {
        return models::described_network(found->second);
      } catch (const Error& e) {
        fail(file.string(), ": ", e.what());
      }
  }
  return network_of(s, classes);
}

/// Another run's results are not overwritten unasked.
void check_folder(const TrainProgram& p, const TrainSettings& s) {
  for (const char* name : {"checkpoint.safetensors", "model.safetensors"}) {
    const fs::path file = p.out / name;
    if (!fs::exists(file)) continue;
    const Metadata found = read_metadata(file);
    for (const auto& [key, mine] : metadata_of(s)) {
      const auto its = found.find(key);
      if (its == found.end() || its->second != mine)
        fail("--out: '", p.out.string(), "' holds a run with --", key, " ",
             its == found.end() ? "of no value" : its->second, ", this one has ", mine, "; --overwrite replaces it");
    }
  }
}

/// The settings of the run that --resume goes on with; what the command line says otherwise is a mistake. The precision
/// is what it comes to on this CPU, so that a run keeps it.
TrainSettings settings_of(const TrainProgram& p, TrainSettings s) {
  s.precision = checked_precision(s.precision);
  if (!p.resume) {
    const fs::path weights = !p.checkpoint.empty() ? fs::path(p.checkpoint)
                             : p.eval_only         ? p.out / "model.safetensors"
                                                   : fs::path();
    if (!weights.empty()) s = with_network_of(weights, s, p);
    if (!p.overwrite && !p.eval_only) check_folder(p, s);
    return s;
  }
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
      {"memory_report", &p.memory_report, "print what holds how much memory before the first step"},
      {"quiet", &p.quiet, "print only errors"},
  };
}

std::size_t train_memory(const TrainSettings& settings, const data::Split& data) {
  const models::Network network = network_of(settings, data.train.classes);
  return train::Trainer::memory_bytes(network, data.train, settings) +
         train::Evaluator::memory_bytes(network, data.test);
}

TrainRun::TrainRun(TrainProgram program, TrainSettings settings, Scheduler& scheduler, StatusBoard& board,
                   std::shared_ptr<const data::Split> data)
    : program_(std::move(program)),
      settings_(settings_of(program_, settings)),
      board_(board),
      data_(std::move(data)),
      store_(settings_.seed) {
  check(settings_, program_.given);
  if (!data_) data_ = std::make_shared<const data::Split>(data::find_dataset(settings_.data));
  const models::Network network = network_for(program_, settings_, data_->train.classes);
  if (!program_.eval_only)
    trainer_ = std::make_unique<train::Trainer>(network, data_->train, store_, scheduler, settings_);
  evaluator_ = std::make_unique<train::Evaluator>(network, data_->test, store_, scheduler);
  if (program_.resume)
    load_resumed();
  else if (!program_.checkpoint.empty())
    train::load_weights(program_.checkpoint, store_);
  else if (program_.eval_only)
    train::load_weights(program_.out / "model.safetensors", store_);
}

void TrainRun::load_resumed() {
  const auto file = program_.out / "checkpoint.safetensors";
  const auto metadata = train::load_checkpoint(file, store_);
  resumed_ = number(metadata, "step", file);
  epoch_loss_ = exact_double(metadata, "epoch_loss", file);
  trainer_->resume(resumed_);
}

void TrainRun::open_output() {
  std::error_code error;
  fs::create_directories(program_.out, error);
  require(!error, "--out: cannot make the folder '", program_.out.string(), "': ", error.message());
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

std::unique_ptr<Job> TrainRun::job(const std::function<bool()>& interrupted,
                                   std::function<void(const train::StepReport&)> watch) {
  open_output();
  last_step_ = std::min(program_.limit_steps.value_or(trainer_->total_steps()), trainer_->total_steps());
  if (program_.memory_report) std::cout << to_string(trainer_->memory_report()) << std::flush;
  step_began_ = Clock::now();
  const auto after_step = [this, watch = std::move(watch)](const train::StepReport& r) {
    end_step(r);
    if (watch) watch(r);
  };
  return std::make_unique<train::TrainJob>(
      *trainer_, evaluator_.get(),
      train::TrainHooks{
          .after_step = after_step,
          .after_epoch = [this](const train::StepReport& r, const train::Evaluation& e) { end_epoch(r, e); },
          .at_end = [this] { finish(); },
          .last_step = last_step_,
          .stop = interrupted});
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
  if (program_.checkpoint_every > 0 && r.step % program_.checkpoint_every == 0 && !r.ends_epoch)
    save(program_.out / "checkpoint.safetensors", false);
  step_began_ = Clock::now();
}

void TrainRun::end_epoch(const train::StepReport& r, const train::Evaluation& e) {
  const double loss = std::exchange(epoch_loss_, 0) / static_cast<double>(data_->train.size());
  metrics_->write({{"epoch", r.epoch}, {"train_loss", loss}, {"test_loss", e.loss}, {"test_accuracy", e.accuracy}});
  save(program_.out / "checkpoint.safetensors", false);
  const std::string label = program_.name == "train" ? "" : program_.name + ": ";
  board_.say(fmt::format("{}epoch {:3}  train loss {:.4f}  test loss {:.4f}  test accuracy {:.2f} %", label, r.epoch,
                         loss, e.loss, 100 * e.accuracy));
  step_began_ = Clock::now();
}

void TrainRun::finish() {
  save(program_.out / "checkpoint.safetensors", false);
  if (!stopped()) save(program_.out / "model.safetensors", true);
  pictures_.get();
}

void TrainRun::save(const fs::path& file, bool only_parameters) {
  check_finite(store_, trainer_->steps_done());
  auto metadata = metadata_of(settings_);
  metadata["step"] = std::to_string(trainer_->steps_done());
  metadata["classes"] = std::to_string(data_->train.classes);
  metadata["image"] = to_string(data_->train.image);
  metadata["mean"] = fmt::format("{}", data_->train.mean);
  metadata["deviation"] = fmt::format("{}", data_->train.stddev);
  if (!only_parameters) {
    metadata["epoch_loss"] = fmt::format("{}", epoch_loss_);
    return train::save_checkpoint(file, store_, metadata);
  }
  train::save_weights(file, store_, metadata);
}

}  // namespace backflow
