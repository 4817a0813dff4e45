// Loss and accuracy of a classifier on a whole data set.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include <backflow/runtime/models/networks.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/batch_loop.h>

namespace backflow::train {

struct Evaluation {
  double loss = 0;      // mean over all samples
  double accuracy = 0;  // share of right answers
  double f1 = 0;        // mean over the classes of 2 TP / (2 TP + FP + FN); 0 of a class that is in neither
};

/// Sees each batch of an evaluation: logits [N, C] row-major and labels [N].
using BatchObserver = std::function<void(std::span<const float> logits, std::span<const std::int32_t> labels)>;

class Evaluator {
 public:
  /// Builds `network` in a graph for prediction (Graph::set_mode). Throws an Error if it would write: an evaluation
  /// only reads. Compiled once, run as often as wanted with the parameters that `store` then has.
  Evaluator(const models::Network& network, const data::Dataset& data, Store& store, Scheduler& scheduler,
            std::int64_t batch = 500);
  Evaluation run();
  /// Called after each batch, on the thread that goes on.
  void observe(BatchObserver observer) { observer_ = std::move(observer); }
  /// What an evaluator of these will hold, parameters included.
  static std::size_t memory_bytes(const models::Network& network, const data::Dataset& data, std::int64_t batch = 500);

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
  void end_batch();
  void count(std::span<const float> logits, std::span<const std::int32_t> labels);

  std::size_t samples_;
  data::Batches batches_;
  BatchLoop loop_;
  Evaluation total_;      // sums over the samples, until all are there
  Flow* flow_ = nullptr;  // of the batch that runs
  std::int64_t done_ = 0;
  std::vector<Counts> counts_;  // by class
  BatchObserver observer_;
};

}  // namespace backflow::train
