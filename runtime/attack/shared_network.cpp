#include <backflow/runtime/attack/shared_network.h>

#include <vector>

#include <backflow/graph/error.h>
#include <backflow/runtime/models/model.h>

namespace backflow::attack {
namespace {

constexpr const char* kImages = "images";

Value shared_input(Graph& to, const Node& node) {
  const Value found = to.find_leaf(node.name);
  return found ? found : to.input(node.name, node.out[0]);
}

/// A constant has no name that others know, so each network has its own.
Value leaf_of(Graph& to, const Node& node, const std::string& prefix) {
  if (node.leaf == Leaf::input) return shared_input(to, node);
  if (node.leaf == Leaf::constant) return to.constant(prefix + node.name, node.out[0], node.initial);
  return models::shared_leaf(to, node.leaf, node.name, node.out[0], node.initial);
}

}  // namespace

SharedNetwork::SharedNetwork(const models::Network& network, const Spec& images, Mode mode)
    : graph_(std::make_shared<Graph>()) {
  graph_->set_mode(mode);
  logits_ = network(graph_->input(kImages, images));
  require(logits_.graph == graph_.get(), "[attack] the network's result is not of the graph of its images");
}

Value SharedNetwork::append(Value images, const std::string& prefix) const {
  Graph& to = *images.graph;
  std::vector<std::vector<Value>> became;
  for (std::size_t n = 0; n < graph_->size(); ++n) {
    const Node& node = graph_->node(n);
    if (node.leaf == Leaf::input && node.name == kImages) {
      became.push_back({images});
    } else if (node.leaf != Leaf::none) {
      became.push_back({leaf_of(to, node, prefix)});
    } else {
      std::vector<Value> in;
      for (const Value& v : node.in) in.push_back(became[v.node][v.index]);
      const RoleScope role(to, node.role, "");
      became.push_back(to.add(node.op, std::move(in), prefix + node.name));
    }
  }
  return became[logits_.node][logits_.index];
}

}  // namespace backflow::attack
