// The networks for which an image is made, and their weights: loaded and packed once, shared by all images and sizes.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <backflow/runtime/dream/objective/objective.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/flow/memory_report.h>
#include <backflow/runtime/models/model.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::dream {

/// One network, and what it expects.
struct DreamNetwork {
  /// Of an image [N, C, H, W]: (x − mean) / deviation of pixels in 0 … 1.
  std::function<models::Classifier(Value image)> build;
  std::vector<float> mean, stddev;       // of each channel; their number is that of the channels: 1 or 3
  std::vector<std::string> labels = {};  // of the classes; may be empty
  double weight = 1;                     // of its objective, where there are several networks
};

/// A loaded model with what it says of its input. The model lives as long as the network.
DreamNetwork network_of(std::shared_ptr<const models::Model> model, std::vector<std::string> labels = {});

class DreamNetworks {
 public:
  /// Throws an Error if there is no network or they do not have one number of channels.
  explicit DreamNetworks(std::vector<DreamNetwork> networks);
  explicit DreamNetworks(DreamNetwork network) : DreamNetworks(std::vector{std::move(network)}) {}

  std::size_t size() const { return networks_.size(); }
  const DreamNetwork& operator[](std::size_t i) const { return networks_[i]; }
  std::int64_t channels() const { return static_cast<std::int64_t>(networks_[0].mean.size()); }

  /// Appends network `i` to the graph of `pixels` [N, C, H, W] in 0 … 1. Its parameters are those of every other graph.
  models::Classifier build(std::size_t i, Value pixels) const;
  /// What network `i` offers to objectives at this size.
  ObjectiveNames names(std::size_t i, std::int64_t height, std::int64_t width) const;
  /// The smallest square that every network takes; for errors. 0 if none up to 1024 does.
  std::int64_t smallest_size() const;

  /// The weights, frozen when the first flow is made. Parameters that are not there then are drawn or taken from their
  /// file.
  Store& weights() { return weights_; }
  /// A flow whose images and optimizer states are those of `own`, within FlowOptions::memory_limit; thread-safe.
  std::unique_ptr<Flow> compile(const Graph& graph, Store& own, Scheduler& scheduler, const std::string& name,
                                std::size_t memory_limit = 0, Precision precision = Precision::f32);
  /// Bytes of temporary values that such a flow would need, more than the limit if that cannot be met; thread-safe.
  std::size_t arena_bytes(const Graph& graph, std::size_t memory_limit = 0, Precision precision = Precision::f32);
  /// Its Flow::memory_report() but for the workers' blocks; thread-safe.
  MemoryReport memory_report(const Graph& graph, std::size_t memory_limit, Precision precision);

 private:
  Plan planned(const Graph& graph, std::size_t memory_limit, Precision precision);

  std::vector<DreamNetwork> networks_;
  Store weights_;
  std::mutex mutex_;  // of weights_
};

/// `objective` with classes and layers checked against the networks: an entry for each network, with the terms that
/// concern it. A class concerns all of them, a layer those that have one of that name. Throws an Error that suggests
/// near names if a term concerns none.
std::vector<Objective> resolved(const Objective& objective, const DreamNetworks& networks, std::int64_t height,
                                std::int64_t width);

}  // namespace backflow::dream
