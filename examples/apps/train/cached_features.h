// What the frozen layers of a run make of its images: computed before the first step, and kept.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include <backflow/runtime/data/find_dataset.h>
#include <backflow/runtime/models/fine_tuning.h>
#include <backflow/runtime/scheduler/job.h>
#include <backflow/runtime/train/features.h>

namespace backflow {

class CachedFeatures {
 public:
  /// `data` and `scheduler` must outlive it. Throws an Error if there is no place where the network can be cut.
  CachedFeatures(const models::FineTuning& tuning, const models::InputSpec& input, const data::Split& data,
                 Scheduler& scheduler, Precision precision);

  /// Features of the training, validation and test images; zero until they are computed.
  const data::Split& data() const { return features_; }
  /// The network behind them.
  const models::Network& network() const { return network_; }
  /// Before the first flow: the weights of the frozen layers.
  void take_weights(const Store& store);
  /// The flows to run one after the other, null after the last one.
  Flow* next();
  /// Bytes of the features and of what computes them.
  static std::size_t memory_bytes(const models::FineTuning& tuning, const models::InputSpec& input,
                                  const data::Split& data);

 private:
  Scheduler& scheduler_;
  Precision precision_;
  models::Network before_, network_;
  std::set<std::string> frozen_;
  /// The images of one set, their features, and what computes them.
  struct Part {
    std::shared_ptr<const data::Dataset> images;
    std::shared_ptr<data::FeatureDataset> features;
    std::unique_ptr<train::Features> computing;
  };
  std::vector<Part> parts_;
  data::Split features_;  // the same
  Store weights_;
};

/// `job`, before which the features are computed; then `computed` is called, on a worker. Where `interrupted` says so
/// the job has its turn without them. `features` must outlive it.
std::unique_ptr<Job> after_features(CachedFeatures& features, std::unique_ptr<Job> job, std::function<void()> computed,
                                    std::function<bool()> interrupted);

}  // namespace backflow
