// One run of `train`: data, network, steps, and the files that it leaves.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "examples/support/status_board.h"
#include "runtime/metrics.h"
#include "runtime/train/evaluator.h"
#include "runtime/train/jobs.h"
#include "runtime/train/trainer.h"

namespace backflow {

/// What decides the result; kept in every checkpoint.
struct TrainSettings {
  std::string model = "mlp", data = "fashion-mnist", optimizer = "sgd", schedule = "cosine";
  std::vector<std::int64_t> hidden{256, 256};
  std::int64_t epochs = 10, batch = 128, warmup = 0, drop_every = 1;
  float learning_rate = 0.05F, momentum = 0.9F, weight_decay = 0, label_smoothing = 0;
  double drop = 0.1;
  bool nesterov = false;
  std::uint64_t seed = 1;
};

/// What does not.
struct TrainProgram {
  std::optional<int> threads;
  std::filesystem::path out = "out";
  std::string checkpoint, trace;
  bool resume = false, eval_only = false, quiet = false, predict_cores = false;
  std::optional<std::int64_t> limit_steps;
  std::vector<std::string> given;  // options of the command line, to be held against a checkpoint
};

class TrainRun {
 public:
  /// Reads the data and, where asked, the checkpoint. Throws a UsageError for options out of their range, an Error for
  /// what is wrong with files.
  TrainRun(TrainProgram program, TrainSettings settings);

  /// Trains to the end, or until `interrupted`; returns the exit status.
  int train(const std::function<bool()>& interrupted);
  /// Loss and accuracy of the test images.
  int evaluate();

 private:
  void load_resumed();
  void load_weights(const std::filesystem::path& file);
  void open_output();
  void steps(const std::function<bool()>& interrupted);
  void end_step(const StepReport& r);
  void end_epoch(const StepReport& r, const Evaluation& e);
  void save(const std::filesystem::path& file, bool only_parameters);
  TrainOptions options() const;
  template <class... Parts>
  void say(const Parts&... parts);

  TrainProgram program_;
  TrainSettings settings_;
  Split data_;
  std::unique_ptr<Trace> trace_;  // outlives the flows
  Scheduler scheduler_;
  StatusBoard board_;
  Store store_;
  std::unique_ptr<Trainer> trainer_;
  std::unique_ptr<Evaluator> evaluator_;
  std::unique_ptr<MetricsFile> metrics_;
  std::int64_t resumed_ = 0;
  double epoch_loss_ = 0;  // of the samples of this epoch so far, kept in checkpoints
  std::int64_t last_step_ = 0;
  std::chrono::steady_clock::time_point step_began_;
};

}  // namespace backflow
