#include <backflow/runtime/dream/dream_networks.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/ops/channel_mix.h>
#include <backflow/runtime/compile/plan.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/append_graph.h>
#include <backflow/runtime/scheduler/scheduler.h>

namespace backflow::dream {
namespace {

std::string prefix_of(std::size_t network) { return network == 0 ? "" : str_cat("network", network + 1, "/"); }

/// (x − mean) / deviation.
Value normalized(Value pixels, const DreamNetwork& network) {
  const std::size_t channels = network.mean.size();
  ChannelMixOptions o{.matrix = std::vector<float>(channels * channels), .bias = {}};
  for (std::size_t c = 0; c < channels; ++c) {
    o.matrix[c * channels + c] = 1 / network.stddev[c];
    o.bias.push_back(-network.mean[c] / network.stddev[c]);
  }
  return channel_mix(pixels, o);
}

bool works(const DreamNetworks& networks, std::int64_t size) {
  try {
    for (std::size_t i = 0; i < networks.size(); ++i) networks.names(i, size, size);
    return true;
  } catch (const Error&) {
    return false;
  }
}

bool concerns(const ObjectiveTerm& t, const ObjectiveNames& names) {
  if (t.kind == ObjectiveTerm::Kind::class_logit) return true;
  return std::any_of(names.layers.begin(), names.layers.end(), [&](const auto& l) { return l.name == t.name; });
}

/// For each value that a layer is the ReLU of, also through what scales its channels, that layer's name.
std::map<Value, std::string> relus_behind(const models::Classifier& c) {
  std::map<Value, std::string> result;
  for (const models::Layer& l : c.layers) {
    const Node* node = &l.value.graph->node(l.value);
    if (!node->op || !node->op->traits().rectifier) continue;
    do {
      const Value before = node->in[0];
      result.emplace(before, l.name);
      node = &before.graph->node(before);
    } while (node->op && node->op->traits().fold);
  }
  return result;
}

}  // namespace

DreamNetwork network_of(std::shared_ptr<const models::Model> model, std::vector<std::string> labels) {
  const models::InputSpec& input = model->input();
  return {[model](Value image) { return model->build(image); }, input.mean, input.stddev, std::move(labels)};
}

DreamNetworks::DreamNetworks(std::vector<DreamNetwork> networks) : networks_(std::move(networks)) {
  require(!networks_.empty(), "[dream] an image needs a network");
  for (const DreamNetwork& n : networks_) {
    require(n.build != nullptr && !n.mean.empty() && n.mean.size() == n.stddev.size(),
            "[dream] a network needs a builder, a mean and a deviation for each channel");
    require(n.mean.size() == networks_[0].mean.size(), "[dream] one network reads images of ", networks_[0].mean.size(),
            " channels, another one of ", n.mean.size());
    for (float d : n.stddev) require(d > 0, "[dream] a channel's deviation needs to be above 0, got ", d);
  }
}

models::Classifier DreamNetworks::build(std::size_t i, Value pixels) const {
  const Value x = normalized(pixels, networks_[i]);
  Graph own;  // so that parameters are shared whatever the builder does
  const models::Classifier c = networks_[i].build(own.input("image", x.spec()));
  const auto became = models::append_graph(*pixels.graph, own, {{"image", x}}, prefix_of(i));
  auto of = [&](const Value& v) { return v ? became[v.node][v.index] : Value{}; };
  models::Classifier result{of(c.logits), {}};
  for (const models::Layer& l : c.layers) result.layers.push_back({l.name, of(l.value)});
  return result;
}

ObjectiveNames DreamNetworks::names(std::size_t i, std::int64_t height, std::int64_t width) const {
  Graph g;
  const models::Classifier c =
      networks_[i].build(g.input("image", {.shape = {1, channels(), height, width}, .image = true}));
  ObjectiveNames names;
  names.labels = networks_[i].labels;
  names.classes = c.logits ? c.logits.shape()[1] : 0;
  const auto relus = relus_behind(c);
  for (const models::Layer& l : c.layers) {
    const auto relu = relus.find(l.value);
    names.layers.push_back({l.name, l.value.shape(), relu == relus.end() ? "" : relu->second});
  }
  return names;
}

std::int64_t DreamNetworks::smallest_size() const {
  std::int64_t low = 0, high = 1;
  while (!works(*this, high)) {
    low = high;
    if ((high *= 2) > 1024) return 0;
  }
  while (high - low > 1) {
    const std::int64_t middle = (low + high) / 2;
    (works(*this, middle) ? high : low) = middle;
  }
  return high;
}

std::unique_ptr<Flow> DreamNetworks::compile(const Graph& graph, Store& own, Scheduler& scheduler,
                                             const std::string& name, std::size_t memory_limit, Precision precision) {
  const std::scoped_lock lock(mutex_);
  weights_.freeze();
  return std::make_unique<Flow>(
      graph, weights_, scheduler,
      FlowOptions{.name = name, .own = &own, .memory_limit = memory_limit, .precision = precision});
}

Plan DreamNetworks::planned(const Graph& graph, std::size_t memory_limit, Precision precision) {
  std::map<std::string, Layout> known;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& [name, tensor] : weights_.tensors()) known[name] = tensor.layout();
  }
  return backflow::compile(graph, known, {.frozen = true, .bf16 = uses_bf16(precision), .memory_limit = memory_limit});
}

std::size_t DreamNetworks::arena_bytes(const Graph& graph, std::size_t memory_limit, Precision precision) {
  return planned(graph, memory_limit, precision).arena_bytes;
}

MemoryReport DreamNetworks::memory_report(const Graph& graph, std::size_t memory_limit, Precision precision) {
  return backflow::memory_report(planned(graph, memory_limit, precision), 0, 0);
}

std::vector<Objective> resolved(const Objective& objective, const DreamNetworks& networks, std::int64_t height,
                                std::int64_t width) {
  std::vector<ObjectiveNames> names;
  for (std::size_t i = 0; i < networks.size(); ++i) names.push_back(networks.names(i, height, width));
  std::vector<Objective> result(networks.size());
  for (const ObjectiveTerm& t : objective.terms) {
    bool any = false;
    for (std::size_t i = 0; i < networks.size(); ++i) {
      const bool last_chance = i + 1 == networks.size() && !any;  // its error is the one that is thrown
      if (!concerns(t, names[i]) && !last_chance) continue;
      result[i].terms.push_back(resolved(Objective{{t}}, names[i]).terms[0]);
      any = true;
    }
  }
  return result;
}

}  // namespace backflow::dream
