#include <backflow/runtime/train/shards.h>

#include <algorithm>
#include <bit>

#include <backflow/graph/error.h>
#include <backflow/graph/sum.h>
#include <backflow/ops/slice.h>
#include <backflow/runtime/train/sharded_network.h>

namespace backflow::train {
namespace {

/// Of the leaves of a binary tree; those without a value are passed by.
Value tree_sum(const std::vector<Value>& leaves, std::size_t begin, std::size_t end, const std::string& name) {
  if (end - begin == 1) return leaves[begin];
  const std::size_t middle = begin + std::bit_ceil(end - begin) / 2;
  const Value left = tree_sum(leaves, begin, middle, ""), right = tree_sum(leaves, middle, end, "");
  return left && right ? sum({left, right}, name) : left ? left : right;
}

Value sum_of(const std::vector<Value>& values) { return values.size() == 1 ? values[0] : sum(values); }

}  // namespace

Shards::Shards(Graph& graph, std::int64_t samples, std::int64_t most) : graph_(graph) {
  const std::int64_t count = std::max<std::int64_t>(1, std::min(most, samples / 2));
  for (std::int64_t s = 0; s <= count; ++s) begin_.push_back(samples * s / count);
}

std::vector<Value> Shards::each(const std::function<Value(std::size_t)>& append) {
  std::vector<Value> result;
  for (std::size_t s = 0; s < count(); ++s) {
    const std::size_t first = graph_.size();
    result.push_back(append(s));
    for (std::size_t n = first; n < graph_.size(); ++n) shard_of_[n] = s;
  }
  return result;
}

std::vector<Value> Shards::cut(Value whole) {
  const std::string name = graph_.node(whole).name;
  return each([&](std::size_t s) {
    return slice(whole, {.axis = 0, .begin = begin(s), .length = length(s), .name = shard_name(s, name)});
  });
}

std::vector<Value> Shards::network(const models::Network& network, const Spec& whole,
                                   const std::vector<Value>& images) {
  return ShardedNetwork(graph_, *this, network, whole).append(images);
}

Value Shards::sum(const std::vector<Value>& of_shards, const std::string& name) const {
  return tree_sum(of_shards, 0, of_shards.size(), name);
}

GradientSum Shards::gradient_sum() const {
  return [this](const std::vector<GradientAddend>& addends) {
    std::map<std::size_t, std::vector<Value>> of_shard;
    std::vector<Value> together;  // of nodes that belong to no shard
    for (const GradientAddend& a : addends) {
      const auto shard = shard_of_.find(a.node);
      (shard == shard_of_.end() ? together : of_shard[shard->second]).push_back(a.gradient);
    }
    std::vector<Value> leaves(count());
    for (const auto& [shard, values] : of_shard) leaves[shard] = sum_of(values);
    if (!of_shard.empty()) together.push_back(sum(leaves));
    return sum_of(together);
  };
}

std::string shard_name(std::size_t shard, const std::string& name) { return str_cat("shard.", shard + 1, '.', name); }

}  // namespace backflow::train
