// One run of `train`: data, network, steps, and the files that it leaves.
#pragma once

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
#include <backflow/runtime/train/fit.h>
#include "examples/apps/common/run_lock.h"
#include "examples/apps/common/status_board.h"
#include "examples/apps/serve/live_history.h"
#include "examples/apps/train/cached_features.h"
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
  /// What the job does is added to `page` too, which must outlive it. Before job().
  void show_on(LiveHistory* page) { page_ = page; }
  LiveHistory* page() const { return page_; }
  /// Of the test images, for --eval-only.
  const train::FinalTest& evaluate();
  /// Where --tensorboard asks for it; nullptr: nowhere.
  RunEvents* events() const { return events_.get(); }

  const TrainSettings& settings() const { return settings_; }
  const data::Split& data() const { return *data_; }
  /// Images, as --augment changes them.
  const data::Dataset& training_images() const { return features_ ? *data_->train : *augmented_; }
  const RunNetwork& network() const { return network_; }
  const Store& store() const { return store_; }
  /// "469 steps, test accuracy 85.12 %"
  std::string result() const;
  /// Not with --eval-only.
  const train::Fit& fit() const { return *fit_; }

 private:
  void lock_output();
  void make_network();
  void make_foreign(const std::shared_ptr<const models::Model>& start);
  void make_fit();
  train::FitOptions fit_options() const;
  const models::Network& prediction() const;
  void load_weights();
  void resume();
  void say_resumed() const;
  std::string label() const;
  void open_output();
  void draw_graph();
  void end_epoch(const train::EpochReport& report);
  void observe_answers();
  Metadata metadata() const;

  TrainProgram program_;
  TrainSettings settings_;
  Scheduler& scheduler_;
  StatusBoard& board_;
  std::optional<RunLock> lock_;
  std::shared_ptr<const data::Split> data_;
  std::shared_ptr<const data::Dataset> augmented_;  // the training images, as --augment changes them
  RunNetwork network_;
  Store store_;
  std::unique_ptr<CachedFeatures> features_;     // of --cache-features
  std::unique_ptr<train::Fit> fit_;              // null with --eval-only
  std::unique_ptr<train::Evaluator> evaluator_;  // of --eval-only
  std::unique_ptr<train::FinalTest> test_;       // of --eval-only
  std::unique_ptr<RunEvents> events_;
  LiveHistory* page_ = nullptr;
  std::optional<train::ClassificationReport> answers_;  // of the evaluation that goes on, for the page
  std::future<void> pictures_;                          // of the graph; being drawn
};

}  // namespace backflow
