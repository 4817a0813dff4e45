// What frozen layers make of each image of a data set, computed once and kept.
#pragma once

#include <memory>

#include <backflow/runtime/data/feature_dataset.h>
#include <backflow/runtime/models/networks.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/batch_loop.h>

namespace backflow::train {

class Features {
 public:
  /// Builds `network`, images → features, in a graph for prediction. Its weights are those of `weights`, which is
  /// frozen. All that is given must outlive it.
  Features(const models::Network& network, const data::Dataset& data, Store& weights, Scheduler& scheduler,
           Precision precision = Precision::f32, std::int64_t batch = 100);

  /// Computes all and writes them to `to`, which was made of the same data.
  void run(data::FeatureDataset& to);
  /// The same for a job: the flows to run one after the other; null when `to` is complete.
  Flow* next(data::FeatureDataset& to);
  std::int64_t batches_done() const { return done_; }
  std::int64_t batches() const { return static_cast<std::int64_t>(batches_.count()); }
  /// What such an object will hold, weights included.
  static std::size_t memory_bytes(const models::Network& network, const data::Dataset& data, std::int64_t batch = 100);
  std::size_t arena_bytes() const { return loop_.arena_bytes(); }

 private:
  data::Batches batches_;
  BatchLoop loop_;
  Flow* flow_ = nullptr;  // of the batch that runs
  std::int64_t done_ = 0;
  std::size_t written_ = 0;
};

}  // namespace backflow::train
