// One network for all shards of a batch, node by node. Internal to runtime/train/.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <backflow/runtime/train/shards.h>

namespace backflow::train {

/// The graph of a network for a number of samples.
struct NetworkGraph {
  NetworkGraph(const models::Network& network, Spec images, std::int64_t samples, Mode mode);
  Graph graph;
  Value images, result;
};

class ShardedNetwork {
 public:
  ShardedNetwork(Graph& graph, Shards& shards, const models::Network& network, const Spec& whole);

  std::vector<Value> append(const std::vector<Value>& images);

 private:
  /// What a node of the whole batch's graph became: its outputs for each shard, or one list for all of them.
  using Became = std::vector<std::vector<Value>>;

  const Graph& part(std::size_t shard) const { return parts_.at(shards_.length(shard))->graph; }
  Value leaf(const Node& node) const;
  Became computed(std::size_t n);
  Became of_each_shard(std::size_t n, bool own_values);
  std::vector<Value> inputs(const Node& node, std::size_t shard) const;
  bool is_shared(const Node& node) const;
  /// Whether each output has another length for another number of samples; none may.
  bool has_samples(std::size_t n) const;
  void check_alike(const Graph& part) const;
  void check_samples_apart(std::size_t n) const;

  Graph& graph_;
  Shards& shards_;
  NetworkGraph whole_;
  std::map<std::int64_t, std::unique_ptr<NetworkGraph>> parts_;  // by their samples
  std::vector<Became> became_;
};

}  // namespace backflow::train
