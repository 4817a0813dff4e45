// One run of `train`: data, network, steps, and the files that it leaves.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <backflow/runtime/data/find_dataset.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/evaluator.h>
#include <backflow/runtime/train/jobs.h>
#include <backflow/runtime/train/metrics.h>
#include <backflow/runtime/train/plateau.h>
#include <backflow/runtime/train/trainer.h>
#include "examples/apps/common/run_lock.h"
#include "examples/apps/common/status_board.h"
#include "examples/apps/train/cached_features.h"
#include "examples/apps/train/final_test.h"
#include "examples/apps/train/run_events.h"
#include "examples/apps/train/run_options.h"
#include "examples/apps/train/train_settings.h"

namespace backflow {

/// The network that a run trains, evaluates or dreams with.
struct RunNetwork {
  models::Architecture architecture;  // of images as `input` says
  models::InputSpec input;
  std::string description;                           // empty for a network that files know by the name of its model
  std::shared_ptr<const models::FineTuning> tuning;  // of --from
  std::shared_ptr<const models::Pretrained> start;   // where such a run begins; empty when it is resumed
  models::Network training, prediction;              // of the data's images
};

class TrainRun {
 public:
  /// Reads the data, unless it is given, and, where asked, the checkpoint. Throws a UsageError for options out of their
  /// range, an Error for what is wrong with files. `scheduler` and `board` must outlive it.
  TrainRun(TrainProgram program, TrainSettings settings, Scheduler& scheduler, StatusBoard& board,
           std::shared_ptr<const data::Split> data = nullptr);

  /// Makes the folder of results and the job that trains to the end, or until `interrupted`; the run must outlive it.
  /// `watch` is called between two steps.
  std::unique_ptr<Job> job(const std::function<bool()>& interrupted,
                           std::function<void(const train::StepReport&)> watch = nullptr);
  /// Whether the job ended because it was interrupted.
  bool stopped() const { return trainer_->steps_done() < last_step_ && !is_over(); }
  /// Whether nothing is left to do: all steps are done, or --patience is over.
  bool complete() const { return trainer_->done() || is_over(); }
  bool is_over() const;
  /// Of the test images, for --eval-only.
  const FinalTest& evaluate();
  /// Of the complete run; nullptr before.
  const FinalTest* test() const { return test_.get(); }
  const train::BestEpoch& best() const { return best_; }
  /// Where --tensorboard asks for it; nullptr: nowhere.
  RunEvents* events() const { return events_.get(); }

  const TrainSettings& settings() const { return settings_; }
  const data::Split& data() const { return *data_; }
  /// Images, as --augment changes them.
  const data::Dataset& training_images() const { return features_ ? *data_->train : *augmented_; }
  const RunNetwork& network() const { return network_; }
  const Store& store() const { return store_; }
  const train::Trainer& trainer() const { return *trainer_; }
  std::int64_t last_step() const { return last_step_; }
  /// Of the last evaluation of the test images, also one before the run was resumed.
  std::optional<double> test_accuracy() const { return test_accuracy_; }

 private:
  void lock_output();
  void make_network();
  void make_trainer();
  const models::Network& prediction() const;
  bool averages() const { return settings_.ema > 0 && !program_.eval_only; }
  /// What is evaluated and kept as the best.
  Store& evaluated() { return averages() ? average_ : store_; }
  std::unique_ptr<Job> test_job();
  void load_weights();
  void load_resumed();
  void say_resumed() const;
  std::string label() const;
  void open_output();
  void end_step(const train::StepReport& r);
  void end_epoch(const train::StepReport& r, const train::Evaluation& e);
  void end_validation(std::int64_t epoch, const train::Evaluation& e);
  void finish();
  Metadata metadata() const;
  void save_checkpoint();

  TrainProgram program_;
  TrainSettings settings_;
  Scheduler& scheduler_;
  StatusBoard& board_;
  std::optional<RunLock> lock_;
  std::shared_ptr<const data::Split> data_;
  std::shared_ptr<const data::Dataset> augmented_;  // the training images, as --augment changes them
  RunNetwork network_;
  Store store_;
  std::unique_ptr<CachedFeatures> features_;  // of --cache-features
  std::unique_ptr<train::Trainer> trainer_;
  Store average_;       // the weights' moving average, as of the last epoch, where --ema asks for it
  Store best_weights_;  // of the best epoch, once the run is complete
  // Of the images to validate with, else of the test images; of the test images with the best weights.
  std::unique_ptr<train::Evaluator> evaluator_, best_evaluator_;
  std::unique_ptr<FinalTest> test_;
  train::BestEpoch best_;
  train::Plateau plateau_;
  std::unique_ptr<train::MetricsFile> metrics_;
  std::unique_ptr<RunEvents> events_;
  std::int64_t resumed_ = 0, saved_ = -1;  // steps of the checkpoint that was loaded, of the newest one
  std::int64_t resumed_epochs_ = 0;        // that the run which is resumed was to have
  double epoch_loss_ = 0;                  // of the samples of this epoch so far, kept in checkpoints
  std::optional<double> test_accuracy_;    // kept in checkpoints too
  std::int64_t last_step_ = 0;
  std::chrono::steady_clock::time_point step_began_;
  std::future<void> pictures_;  // of the graph; being drawn
};

}  // namespace backflow
