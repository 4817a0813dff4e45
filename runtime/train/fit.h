// A whole run of training: epochs with their evaluation, the best weights, checkpoints, metrics, the test at the end.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include <backflow/runtime/data/find_dataset.h>
#include <backflow/runtime/scheduler/job.h>
#include <backflow/runtime/train/best_epoch.h>
#include <backflow/runtime/train/checkpoint.h>
#include <backflow/runtime/train/final_test.h>
#include <backflow/runtime/train/metrics.h>
#include <backflow/runtime/train/plateau.h>
#include <backflow/runtime/train/trainer.h>

namespace backflow::train {

/// What a run does besides its steps.
struct FitOptions {
  std::filesystem::path out = {};  // folder for checkpoints, weights, metrics and the report; empty: none are written
  bool resume = false;             // go on with the checkpoint in `out`, where there is one
  bool overwrite = false;          // replace the results of another run in `out`
  Monitor monitor = Monitor::accuracy;  // what makes an epoch the best, where there are samples to validate with
  std::int64_t patience = 0;            // end after so many epochs that are not better than the best one; 0: never
  std::int64_t checkpoint_every = 0;    // steps, in addition to the one after each epoch; 0: none
  std::int64_t last_step = 0;           // stop after it, with a checkpoint; 0: after all
  Metadata metadata = {};               // of the files, in addition to step and, by fit(), the network and its data
  std::shared_ptr<const data::Dataset> images = {};  // of the test samples, where these are features of images
};

struct EpochReport {
  StepReport last;        // its last step
  double train_loss = 0;  // mean over its samples, before each update
  Evaluation evaluation;  // of the validation samples, else of the test samples
  bool validates = false;
  bool is_best = false;  // so far; only where it validates
};

/// Called between two steps, on a worker. An exception ends the run.
struct FitHooks {
  std::function<void(const StepReport&)> after_step = nullptr;
  std::function<void(const EpochReport&)> after_epoch = nullptr;
  std::function<bool()> stop = nullptr;  // asked before each step; the run ends with a checkpoint when it says so
};

/// "epoch   3  train loss 0.2841  validation loss 0.3310  validation accuracy 91.20 %"
std::string epoch_text(const EpochReport& report);

/// One run, as a job of a scheduler.
class Fit {
 public:
  /// Trains `training`, which may leave layers as they are, and measures `prediction`, the same layers, with the
  /// parameters of `store`. Without validation and test samples nothing is measured. What is referred to must outlive
  /// it. Throws an OptionError for an option out of its range or without effect, an Error for data that do not fit.
  Fit(const models::Network& training, models::Network prediction, data::Split data, Store& store, Scheduler& scheduler,
      const TrainOptions& options, FitOptions run);

  /// Goes on with the checkpoint in `out`, which belongs to the same options. Throws an Error that names the file if it
  /// cannot be read or does not fit, an OptionError if it has done more steps than the epochs have.
  void resume();
  /// Before the first step of a job: loads its batch again, because the samples have changed since.
  void reload();
  /// Opens the files and makes the job that trains to the end, then tests. Call it once; the run must outlive the job.
  std::unique_ptr<Job> job(FitHooks hooks);

  Trainer& trainer() { return trainer_; }
  const Trainer& trainer() const { return trainer_; }
  /// Of the validation samples, else the test samples; null without either.
  Evaluator* evaluator() { return evaluator_.get(); }
  /// Whether no better epoch is waited for any longer.
  bool is_over() const;
  /// Whether nothing is left to do: all steps are done, or it is over.
  bool complete() const { return trainer_.done() || is_over(); }
  std::int64_t last_step() const { return last_step_; }
  /// Whether the job ended before its last step, because a hook said so.
  bool stopped() const { return trainer_.steps_done() < last_step_ && !is_over(); }
  const BestEpoch& best() const { return best_; }
  /// Of the complete run, with the best weights; null before, or without test samples.
  const FinalTest* test() const { return test_.get(); }
  /// Of the last evaluation of the test samples, also one before the run was resumed.
  std::optional<double> test_accuracy() const { return test_accuracy_; }
  /// Steps and epochs of the checkpoint that was resumed.
  std::int64_t resumed_steps() const { return resumed_; }
  std::int64_t resumed_epochs() const { return resumed_epochs_; }
  /// What is best to predict with: of the best epoch, else the moving average, else the parameters.
  const Store& weights() const;

 private:
  bool validates() const { return data_.validation != nullptr; }
  bool averages() const { return options_.ema > 0; }
  /// What is evaluated and kept as the best.
  Store& evaluated() { return averages() ? average_ : store_; }
  void open_output();
  std::unique_ptr<Job> test_job();
  void end_step(const StepReport& r);
  void end_epoch(const StepReport& r, const Evaluation& e);
  void end_validation(EpochReport& report);
  void finish();
  Metadata metadata() const;
  void save();

  TrainOptions options_;
  FitOptions run_;
  models::Network prediction_;
  data::Split data_;
  Store& store_;
  Scheduler& scheduler_;
  Trainer trainer_;
  Store average_;       // the weights' moving average, as of the last epoch, where `ema` asks for it
  Store best_weights_;  // of the best epoch
  std::unique_ptr<Evaluator> evaluator_, best_evaluator_;
  std::unique_ptr<FinalTest> test_;
  BestEpoch best_;
  Plateau plateau_;
  FitHooks hooks_;
  std::unique_ptr<MetricsFile> metrics_;
  std::int64_t resumed_ = 0, saved_ = -1;  // steps of the checkpoint that was loaded, of the newest one
  std::int64_t resumed_epochs_ = 0;        // that the run which is resumed was to have
  double epoch_loss_ = 0;                  // of the samples of this epoch so far, kept in checkpoints
  std::optional<double> test_accuracy_;    // kept in checkpoints too
  std::int64_t last_step_ = 0;
  std::chrono::steady_clock::time_point step_began_;
};

/// The same from beginning to end, on the calling thread: with FitOptions::resume goes on with a checkpoint of the same
/// options (epochs and patience may differ); its files describe the network (models::describe), where that can be done.
/// Throws an Error if `out` has another run's results.
std::unique_ptr<Fit> fit(const models::Network& network, const data::Split& data, Store& store, Scheduler& scheduler,
                         const TrainOptions& options = {}, const FitOptions& run = {}, const FitHooks& hooks = {});

}  // namespace backflow::train
