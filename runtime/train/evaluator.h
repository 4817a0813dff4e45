// Loss and accuracy of a classifier, or loss and errors of a regression, on a whole data set.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include <backflow/runtime/attack/threat.h>
#include <backflow/runtime/models/networks.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/batch_loop.h>

namespace backflow::train {

/// In the units of the targets, over all samples; of several targets the mean.
struct RegressionErrors {
  double mae = 0, rmse = 0;  // mean absolute error, root of the mean squared error
  double r2 = 0;  // 1 − squared errors / squared deviations from the mean; 0 of targets that are all the same
};

struct Evaluation {
  double loss = 0;      // mean over all samples
  double accuracy = 0;  // share of right answers; 0 of a regression
  double f1 = 0;        // mean of 2 TP / (2 TP + FP + FN) over the classes of labels and answers
  std::optional<RegressionErrors> regression = std::nullopt;  // where the data have numbers to predict
  std::optional<double> robust_accuracy = std::nullopt;       // where an evaluator attacks
};

/// How many steps of projected ascent an evaluator attacks each sample with, of 2.5 · radius / steps, from one random
/// start.
inline constexpr std::int64_t kEvaluationAttackSteps = 20;

struct EvaluatorOptions {
  std::int64_t batch = 0;                               // 500, or fewer that are large
  std::optional<attack::Threat> threat = std::nullopt;  // measures what is right within it too
};

/// Sees each batch of an evaluation of classes: logits [N, C] row-major and labels [N].
using BatchObserver = std::function<void(std::span<const float> logits, std::span<const std::int32_t> labels)>;

/// Sums up the errors of a regression, in the order in which samples come: the same bits however they were computed.
class RegressionSums {
 public:
  explicit RegressionSums(const data::Dataset& data);

  /// Standardised predictions of the next samples, [n, T].
  void add(std::span<const float> predictions);
  RegressionErrors errors() const;

 private:
  struct Sums {
    double absolute = 0, squared = 0, targets = 0, target_squares = 0;  // targets: minus their training mean
  };
  const data::Dataset& data_;
  std::vector<float> target_, stddev_;
  std::vector<Sums> sums_;  // [T]
  std::size_t sample_ = 0;
};

class Evaluator {
 public:
  /// Builds `network` in a graph for prediction (Graph::set_mode). Throws an Error if it would write: an evaluation
  /// only reads. Compiled once, run as often as wanted with the parameters that `store` then has. A `batch` of 0 is 500
  /// samples, or as many as make 16 million numbers.
  Evaluator(const models::Network& network, const data::Dataset& data, Store& store, Scheduler& scheduler,
            std::int64_t batch = 0);
  /// With a threat each sample is attacked too: see robust_step.h.
  Evaluator(const models::Network& network, const data::Dataset& data, Store& store, Scheduler& scheduler,
            const EvaluatorOptions& options);
  Evaluation run();
  /// Called after each batch, on the thread that goes on.
  void observe(BatchObserver observer) { observer_ = std::move(observer); }
  /// What an evaluator of these will hold, parameters included.
  static std::size_t memory_bytes(const models::Network& network, const data::Dataset& data, std::int64_t batch = 0);
  static std::size_t memory_bytes(const models::Network& network, const data::Dataset& data,
                                  const EvaluatorOptions& options);
  const std::optional<attack::Threat>& threat() const { return threat_; }

  /// The same for a job: start(), then the flows that next() returns, until it is null; then result().
  void start();
  Flow* next();
  const Evaluation& result() const { return total_; }
  std::int64_t batches_done() const { return done_; }
  std::int64_t batches() const { return static_cast<std::int64_t>(batches_.count()); }
  std::size_t arena_bytes() const { return loop_.arena_bytes(); }

 private:
  /// How often each class was the label, and the answer, and both.
  struct Counts {
    std::int64_t labels = 0, answers = 0, right = 0;
  };
  Flow* begin_batch();
  void end_batch();
  void end_batch_of_classes(double size);
  void count(std::span<const float> logits, std::span<const std::int32_t> labels);

  const data::Dataset& data_;
  std::optional<attack::Threat> threat_;
  data::Batches batches_;
  BatchLoop loop_;
  Evaluation total_;  // sums over the samples, until all are there
  std::optional<RegressionSums> errors_;
  std::vector<Counts> counts_;  // by class
  BatchObserver observer_;
  Flow* flow_ = nullptr;  // of the batch that runs
  std::int64_t done_ = 0;
};

}  // namespace backflow::train
