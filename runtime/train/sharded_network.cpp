#include <backflow/runtime/train/sharded_network.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/graph/printable.h>
#include <backflow/runtime/models/model.h>

namespace backflow::train {
namespace {

constexpr const char* kImages = "images";

std::string named(const Node& node) {
  return str_cat("'", printable(node.name), "'", node.op ? " (" + node.op->kind() + ")" : "");
}

[[noreturn]] void refuse_node(const Node& node, const std::string& why) {
  fail("[shards] ", named(node), ' ', why, "; train without shards");
}

Signature signature_of(const Node& node) {
  Signature s{{}, node.out};
  for (const Value& v : node.in) s.in.push_back(v.spec());
  return s;
}

/// Of a batch of `samples` values that lie one after another, is `part` that of `length` samples?
bool is_part(const Spec& whole, std::int64_t samples, const Spec& part, std::int64_t length) {
  Shape scaled = whole.shape;
  if (scaled.empty() || scaled[0] % samples != 0) return false;
  scaled[0] = scaled[0] / samples * length;
  return part.shape == scaled;
}

/// Whether samples stay apart, as far as an op says it.
bool keeps_samples_apart(const Node& node, const std::vector<bool>& has_samples) {
  const OpTraits traits = node.op->traits();
  if (traits.locality == Locality::pointwise || traits.locality == Locality::window || traits.keeps_order) return true;
  if (!traits.permutes.empty()) return traits.permutes[0] == 0;
  const Tiling tiling = node.op->tiling(signature_of(node));
  if (tiling.flat) return true;
  for (std::size_t i = 0; i < node.in.size(); ++i)
    if (has_samples[i] && (i >= tiling.in.size() || tiling.in[i].kind != Access::range || tiling.in[i].axis != 0))
      return false;
  return true;
}

}  // namespace

NetworkGraph::NetworkGraph(const models::Network& network, Spec spec, std::int64_t samples, Mode mode) {
  graph.set_mode(mode);
  spec.shape[0] = samples;
  images = graph.input(kImages, spec);
  result = network(images);
  require(result.graph == &graph, "[shards] the network's result is not of the graph of its images");
}

ShardedNetwork::ShardedNetwork(Graph& graph, Shards& shards, const models::Network& network, const Spec& whole)
    : graph_(graph), shards_(shards), whole_(network, whole, whole.shape[0], graph.mode()) {
  for (std::size_t s = 0; s < shards_.count(); ++s) {
    auto& own = parts_[shards_.length(s)];
    if (own) continue;
    own = std::make_unique<NetworkGraph>(network, whole, shards_.length(s), graph.mode());
    check_alike(own->graph);
  }
}

std::vector<Value> ShardedNetwork::append(const std::vector<Value>& images) {
  for (std::size_t n = 0; n < whole_.graph.size(); ++n) {
    const Node& node = whole_.graph.node(n);
    Became result;
    if (n == whole_.images.node)
      for (const Value& v : images) result.push_back({v});
    else if (node.leaf != Leaf::none)
      result = {{leaf(node)}};
    else
      result = computed(n);
    became_.push_back(std::move(result));
  }
  std::vector<Value> results;
  for (std::size_t s = 0; s < shards_.count(); ++s) {
    const Became& all = became_[whole_.result.node];
    results.push_back(all[all.size() == 1 ? 0 : s][whole_.result.index]);
  }
  return results;
}

Value ShardedNetwork::leaf(const Node& node) const {
  if (node.leaf == Leaf::constant) return graph_.constant(node.name, node.out[0], node.initial);
  if (node.leaf != Leaf::input) return models::shared_leaf(graph_, node.leaf, node.name, node.out[0], node.initial);
  const Value found = graph_.find_leaf(node.name);
  return found ? found : graph_.input(node.name, node.out[0]);
}

ShardedNetwork::Became ShardedNetwork::computed(std::size_t n) {
  const Node& node = whole_.graph.node(n);
  const RoleScope role(graph_, node.role);
  const bool own_values = has_samples(n);
  if (!own_values && is_shared(node)) return {graph_.add(node.op, inputs(node, 0), node.name)};
  const Became each = of_each_shard(n, own_values);
  if (own_values) return each;
  Became total(1);
  for (std::size_t i = 0; i < node.out.size(); ++i) {
    std::vector<Value> addends;
    for (const std::vector<Value>& of_shard : each) addends.push_back(of_shard[i]);
    total[0].push_back(shards_.sum(addends, node.name));
  }
  return total;
}

ShardedNetwork::Became ShardedNetwork::of_each_shard(std::size_t n, bool own_values) {
  const Node& node = whole_.graph.node(n);
  const auto part_of_batch = node.op->traits().part_of_batch;
  if (!part_of_batch && !own_values)
    refuse_node(node, "is computed from all samples and cannot be cut into shards yet");
  if (!part_of_batch) check_samples_apart(n);
  Became each;
  shards_.each([&](std::size_t s) {
    auto op = part_of_batch ? part_of_batch(signature_of(node), shards_.begin(s)) : part(s).node(n).op;
    each.push_back(graph_.add(std::move(op), inputs(node, s), shard_name(s, node.name)));
    return each.back()[0];
  });
  return each;
}

std::vector<Value> ShardedNetwork::inputs(const Node& node, std::size_t shard) const {
  std::vector<Value> in;
  for (const Value& v : node.in) {
    const Became& all = became_[v.node];
    in.push_back(all[all.size() == 1 ? 0 : shard][v.index]);
  }
  return in;
}

bool ShardedNetwork::is_shared(const Node& node) const {
  return std::all_of(node.in.begin(), node.in.end(), [&](const Value& v) { return became_[v.node].size() == 1; });
}

bool ShardedNetwork::has_samples(std::size_t n) const {
  const Node& node = whole_.graph.node(n);
  const std::int64_t samples = whole_.images.shape()[0];
  std::size_t alike = 0, parts = 0;
  for (std::size_t i = 0; i < node.out.size(); ++i) {
    bool same = true, is_cut = true;
    for (const auto& [length, own] : parts_) {
      const Spec& its = own->graph.node(n).out.at(i);
      same = same && its == node.out[i];
      is_cut = is_cut && is_part(node.out[i], samples, its, length);
    }
    alike += same, parts += is_cut;
  }
  if (alike == node.out.size()) return false;
  if (parts != node.out.size()) refuse_node(node, "has its samples along another axis than the first");
  return true;
}

void ShardedNetwork::check_alike(const Graph& part) const {
  const Graph& whole = whole_.graph;
  bool alike = whole.size() == part.size();
  for (std::size_t n = 0; alike && n < whole.size(); ++n) {
    const Node &a = whole.node(n), &b = part.node(n);
    alike = a.name == b.name && a.in.size() == b.in.size() && a.out.size() == b.out.size() && !a.op == !b.op;
    for (std::size_t i = 0; alike && i < a.in.size(); ++i)
      alike = a.in[i].node == b.in[i].node && a.in[i].index == b.in[i].index;
    if (alike && a.leaf != Leaf::none && n != whole_.images.node && a.out[0] != b.out[0])
      refuse_node(a, "depends on the number of samples");
  }
  require(alike, "[shards] the network has other nodes for another number of samples; train without shards");
}

void ShardedNetwork::check_samples_apart(std::size_t n) const {
  const Node& node = whole_.graph.node(n);
  std::vector<bool> has_samples;
  for (const Value& v : node.in) has_samples.push_back(became_[v.node].size() > 1);
  if (!keeps_samples_apart(node, has_samples)) refuse_node(node, "does not say that it computes each sample alone");
}

}  // namespace backflow::train
