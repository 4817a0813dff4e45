#include <backflow/runtime/attack/shared_network.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/models/append_graph.h>
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
  const auto became = models::append_graph(to, *graph_, prefix, [&](const Node& node) {
    return node.leaf == Leaf::input && node.name == kImages ? images : leaf_of(to, node, prefix);
  });
  return became[logits_.node][logits_.index];
}

}  // namespace backflow::attack
