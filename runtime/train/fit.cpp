#include <backflow/runtime/train/fit.h>

#include <fmt/format.h>

#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/safetensors.h>
#include <backflow/runtime/log/message.h>
#include <backflow/runtime/models/description.h>
#include <backflow/runtime/train/evaluation_text.h>
#include <backflow/runtime/train/jobs.h>
#include <backflow/runtime/train/option_table.h>
#include <backflow/runtime/train/run_folder.h>
#include <backflow/runtime/train/snapshot.h>

namespace backflow::train {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// A loss is that before the update, so it says nothing about what the last update made.
void check_finite(const Store& store, std::int64_t step) {
  for (const auto& [name, tensor] : store.tensors())
    for (float v : tensor.as())
      require(std::isfinite(v), "[train] '", name, "' has the value ", v, " after step ", step,
              "; a smaller learning rate may help");
}

/// What needs samples to validate with, which are not there.
void check_validation(const data::Split& data, const TrainOptions& options, const FitOptions& run) {
  if (data.validation) return;
  if (run.patience > 0) throw OptionError("patience", "needs samples to validate with", "[fit] ");
  if (options.schedule.kind == ScheduleKind::plateau)
    throw OptionError("schedule", "plateau needs samples to validate with", "[fit] ");
}

const data::Dataset& training_samples(const data::Split& data) {
  require(data.train != nullptr, "[fit] there are no training samples");
  return *data.train;
}

/// Of a regression there is the loss alone.
BestEpoch best_epoch_of(const data::Split& data, const FitOptions& run) {
  return BestEpoch(data.train->target_count() > 0 ? Monitor::loss : run.monitor, run.patience);
}

/// Options, network and data, as the files of fit() have them.
Metadata described(const models::Network& network, const data::Split& data, TrainOptions options,
                   const FitOptions& run) {
  Metadata m = run.metadata;
  for (const files::Option& option : table(options)) m[flag_of(option)] = files::text_of(option);
  m["monitor"] = name_of(run.monitor);
  m["classes"] = std::to_string(data.train->output_count());
  try {
    m.merge(models::describe(network, *data.train));
  } catch (const Error& e) {
    log::message(log::Level::warning, "[fit] the files have the weights without the network: ", e.what());
    m.merge(models::describe_labels(*data.train));
  }
  return m;
}

/// Whether there is a checkpoint to go on with. Throws an Error about another run's.
bool goes_on(const FitOptions& run, const Metadata& wanted) {
  if (run.out.empty() || run.overwrite) return false;
  if (!run.resume) {
    for (const char* name : {kCheckpoint, kModel})
      require(!fs::exists(run.out / name), "[fit] '", run.out.string(),
              "' has the results of another run: resume goes on with it, overwrite replaces it");
    return false;
  }
  if (!fs::exists(run.out / kCheckpoint)) return false;
  const Metadata found = from_checkpoint(run.out, files::read_safetensors_metadata);
  for (const auto& [key, mine] : wanted) {
    const auto its = found.find(key);
    require(key == "epochs" || (its != found.end() && its->second == mine), "[fit] '", (run.out / kCheckpoint).string(),
            "' is of a run with another '", key, "'; overwrite replaces it");
  }
  return true;
}

}  // namespace

std::string epoch_text(const EpochReport& r) {
  return fmt::format("epoch {:3}  train loss {:.4f}  {}", r.last.epoch, r.train_loss,
                     evaluation_text(r.evaluation, r.validates ? "validation" : "test"));
}

Fit::Fit(const models::Network& training, models::Network prediction, data::Split data, Store& store,
         Scheduler& scheduler, const TrainOptions& options, FitOptions run)
    : options_(options),
      run_(std::move(run)),
      prediction_(std::move(prediction)),
      data_(std::move(data)),
      store_(store),
      scheduler_(scheduler),
      trainer_(training, training_samples(data_), store, scheduler, options),
      best_(best_epoch_of(data_, run_)),
      plateau_(options.schedule.drop, options.schedule.drop_every) {
  check_validation(data_, options_, run_);
  require(run_.patience >= 0 && run_.checkpoint_every >= 0 && run_.last_step >= 0,
          "[fit] patience, checkpoint_every and last_step need to be ≥ 0");
  const data::Dataset* measured = validates() ? data_.validation.get() : data_.test.get();
  if (measured) evaluator_ = std::make_unique<Evaluator>(prediction_, *measured, evaluated(), scheduler_);
}

void Fit::resume() {
  const fs::path file = run_.out / kCheckpoint;
  const Metadata metadata = from_checkpoint(run_.out, [&](const fs::path& f) { return load_checkpoint(f, store_); });
  resumed_ = saved_ = number(metadata, "step", file);
  resumed_epochs_ = number(metadata, "epochs", file);
  epoch_loss_ = exact_double(metadata, "epoch_loss", file);
  if (resumed_ > trainer_.total_steps())
    throw OptionError("epochs",
                      str_cat(options_.epochs, " is ", trainer_.total_steps(), " steps, but the run in '",
                              run_.out.string(), "' has done ", resumed_),
                      "[fit] ");
  if (metadata.contains("test_accuracy")) test_accuracy_ = exact_double(metadata, "test_accuracy", file);
  if (metadata.contains("best_epoch")) {
    require(fs::exists(run_.out / kBest), "'", (run_.out / kBest).string(), "' is missing, which the run goes on with");
    best_.restore(number(metadata, "best_epoch", file), exact_double(metadata, "best_value", file));
    plateau_.restore(exact_double(metadata, "rate_factor", file), number(metadata, "waited", file));
    trainer_.set_rate_factor(plateau_.factor());
  }
  trainer_.resume(resumed_);
}

void Fit::reload() {
  trainer_.resume(trainer_.steps_done());
  step_began_ = Clock::now();
}

void Fit::open_output() {
  if (run_.out.empty()) return;
  std::error_code error;
  fs::create_directories(run_.out, error);
  require(!error, "[fit] the folder '", run_.out.string(), "' cannot be made: ", error.message());
  if (saved_ < 0) remove_results(run_.out);
  metrics_ = saved_ >= 0 ? std::make_unique<MetricsFile>(
                               run_.out / kMetrics,
                               MetricsFile::Resume{resumed_ + 1, resumed_ / trainer_.steps_per_epoch() + 1})
                         : std::make_unique<MetricsFile>(run_.out / kMetrics);
}

std::unique_ptr<Job> Fit::job(FitHooks hooks) {
  hooks_ = std::move(hooks);
  open_output();
  last_step_ = run_.last_step > 0 ? std::min(run_.last_step, trainer_.total_steps()) : trainer_.total_steps();
  step_began_ = Clock::now();
  auto training = std::make_unique<TrainJob>(
      trainer_, evaluator_.get(),
      TrainHooks{.after_step = [this](const StepReport& r) { end_step(r); },
                 .after_epoch = [this](const StepReport& r, const Evaluation& e) { end_epoch(r, e); },
                 .at_end = [this] { finish(); },
                 .last_step = last_step_,
                 .stop = [this] { return is_over() || (hooks_.stop && hooks_.stop()); },
                 .validates = validates()});
  return std::make_unique<ChainedJob>(std::move(training), [this] { return test_job(); });
}

bool Fit::is_over() const { return best_.is_over(trainer_.steps_done() / trainer_.steps_per_epoch()); }

const Store& Fit::weights() const {
  if (best_.epoch() > 0) return best_weights_;
  return averages() ? average_ : store_;
}

/// Of the best epoch's weights, where there is something to find it with.
std::unique_ptr<Job> Fit::test_job() {
  if (best_.epoch() > 0 && !run_.out.empty()) load_weights(run_.out / kBest, best_weights_);
  if (!complete() || !data_.test) return nullptr;
  if (best_.epoch() > 0 || is_robust(options_))
    best_evaluator_ =
        std::make_unique<Evaluator>(prediction_, *data_.test, best_.epoch() > 0 ? best_weights_ : evaluated(),
                                    scheduler_, final_evaluation(options_));
  test_ = std::make_unique<FinalTest>(best_evaluator_ ? *best_evaluator_ : *evaluator_,
                                      run_.images ? *run_.images : *data_.test);
  return test_->job([this] {
    if (!test_->evaluation().regression) test_accuracy_ = test_->evaluation().accuracy;
    const std::int64_t epoch = best_.epoch() > 0 ? best_.epoch() : trainer_.steps_done() / trainer_.steps_per_epoch();
    if (!run_.out.empty()) test_->write(run_.out, epoch);
  });
}

/// Between two steps, on a worker.
void Fit::end_step(const StepReport& r) {
  const double seconds = std::chrono::duration<double>(Clock::now() - step_began_).count();
  epoch_loss_ += static_cast<double>(r.loss) * static_cast<double>(r.samples);
  if (metrics_)
    metrics_->write({{"step", r.step},
                     {"epoch", r.epoch},
                     {"loss", r.loss},
                     {"learning_rate", r.learning_rate},
                     {"samples_per_s", std::round(static_cast<double>(r.samples) / seconds)}});
  if (hooks_.after_step) hooks_.after_step(r);
  if (r.ends_epoch && averages()) assign_averages(store_, average_);
  // An epoch's last step is kept with its evaluation.
  if (run_.checkpoint_every > 0 && r.step % run_.checkpoint_every == 0 && !r.ends_epoch) save();
  step_began_ = Clock::now();
}

void Fit::end_epoch(const StepReport& r, const Evaluation& e) {
  const std::int64_t samples = options_.drop_last ? trainer_.steps_per_epoch() * options_.batch
                                                  : static_cast<std::int64_t>(data_.train->size()) * trainer_.replays();
  EpochReport report{
      .last = r, .train_loss = epoch_loss_ / static_cast<double>(samples), .evaluation = e, .validates = validates()};
  epoch_loss_ = 0;
  if (metrics_ && evaluator_) write_epoch(*metrics_, r.epoch, report.train_loss, e, validates());
  if (validates()) end_validation(report);
  if (!validates() && evaluator_ && !e.regression) test_accuracy_ = e.accuracy;
  if (hooks_.after_epoch) hooks_.after_epoch(report);
  save();
  step_began_ = Clock::now();
}

/// Keeps the best weights, and lowers the learning rate where there are no better ones for long.
void Fit::end_validation(EpochReport& report) {
  report.is_best = best_.add(report.last.epoch, report.evaluation);
  if (report.is_best && run_.out.empty())
    Snapshot(evaluated(), 1, report.last.step, is_weight).assign_to(best_weights_);
  else if (report.is_best)
    save_weights(run_.out / kBest, evaluated(), metadata());
  if (options_.schedule.kind != ScheduleKind::plateau) return;
  plateau_.add(report.is_best);
  trainer_.set_rate_factor(plateau_.factor());
}

void Fit::finish() {
  save();
  if (averages()) assign_averages(store_, average_);
  if (run_.out.empty() || stopped()) return;
  save_weights(run_.out / kModel, store_, metadata());
  if (averages()) save_weights(run_.out / kAverage, average_, metadata());
}

Metadata Fit::metadata() const {
  Metadata all = run_.metadata;
  all.emplace("epochs", std::to_string(options_.epochs));
  all["step"] = std::to_string(trainer_.steps_done());
  return all;
}

void Fit::save() {
  check_finite(store_, trainer_.steps_done());
  if (run_.out.empty() || saved_ == trainer_.steps_done()) return;
  Metadata all = metadata();
  all["epoch_loss"] = fmt::format("{}", epoch_loss_);
  if (test_accuracy_) all["test_accuracy"] = fmt::format("{}", *test_accuracy_);
  if (best_.epoch() > 0) {
    all["best_epoch"] = std::to_string(best_.epoch());
    all["best_value"] = fmt::format("{}", best_.value());
    all["rate_factor"] = fmt::format("{}", plateau_.factor());
    all["waited"] = std::to_string(plateau_.waited());
  }
  keep_previous(run_.out, saved_ >= 0);
  save_checkpoint(run_.out / kCheckpoint, store_, all);
  saved_ = trainer_.steps_done();
}

std::unique_ptr<Fit> fit(const models::Network& network, const data::Split& data, Store& store, Scheduler& scheduler,
                         const TrainOptions& options, const FitOptions& run, const FitHooks& hooks) {
  training_samples(data);
  FitOptions whole = run;
  whole.metadata = described(network, data, options, run);
  const bool resumes = goes_on(run, whole.metadata);
  auto result = std::make_unique<Fit>(network, network, data, store, scheduler, options, std::move(whole));
  if (resumes) result->resume();
  scheduler.submit(result->job(hooks), {.name = "fit"}).wait();
  return result;
}

}  // namespace backflow::train
