// A batch in shards: copies of a network for parts of it, on the same parameters, whose sums over samples meet in one
// fixed binary tree. Internal to runtime/train/.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <backflow/graph/gradient_rule.h>
#include <backflow/runtime/models/networks.h>

namespace backflow::train {

/// Of a node that belongs to a shard.
std::string shard_name(std::size_t shard, const std::string& name);

class Shards {
 public:
  /// Parts of nearly the same size, in the order of the samples: `most` of them, a power of two, or fewer, so that each
  /// has at least two samples. A part's place in the tree is its number.
  Shards(Graph& graph, std::int64_t samples, std::int64_t most);

  std::size_t count() const { return begin_.size() - 1; }
  std::int64_t begin(std::size_t shard) const { return begin_[shard]; }
  std::int64_t length(std::size_t shard) const { return begin_[shard + 1] - begin_[shard]; }

  /// The samples of each shard.
  std::vector<Value> cut(Value whole);
  /// What `append`, which appends nodes for one shard, gives for each.
  std::vector<Value> each(const std::function<Value(std::size_t shard)>& append);
  /// Appends `network` to all shards of a batch of such images, each node for all of them before the next one. What it
  /// computes from all samples is summed over the shards (OpTraits::part_of_batch); what depends on no sample is
  /// computed once. Throws an Error about a node that mixes samples in another way.
  std::vector<Value> network(const models::Network& network, const Spec& whole, const std::vector<Value>& images);
  /// The sum of a value of each shard.
  Value sum(const std::vector<Value>& of_shards, const std::string& name = "") const;
  /// For gradient(): sums what the nodes of each shard give, and then the shards. Valid as long as this.
  GradientSum gradient_sum() const;

 private:
  Graph& graph_;
  std::vector<std::int64_t> begin_;              // of each shard, and the end
  std::map<std::size_t, std::size_t> shard_of_;  // of the nodes that belong to one
};

}  // namespace backflow::train
