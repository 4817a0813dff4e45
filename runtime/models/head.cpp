#include <backflow/runtime/models/head.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/suggestions.h>

namespace backflow::models {
namespace {

/// From the logits back to the head, places in a description.
struct HeadPath {
  std::size_t head = 0;
  std::vector<std::size_t> behind;  // nodes
};

bool is_product(const DescribedNodes& nodes, const DescribedNode& n) {
  if (n.op != "linear" && n.op != "conv2d") return false;
  const auto groups = n.options.find("groups");
  const bool is_whole = groups == n.options.end() || groups->second == std::vector<double>{1};
  return is_whole && nodes[n.in[1] - 1].leaf == Leaf::parameter;
}

HeadPath path_to_head(const DescribedNodes& nodes) {
  static const std::set<std::string> followed{"add",
                                              "adaptive_average_pool2d",
                                              "average_pool2d",
                                              "clip",
                                              "hardswish",
                                              "identity",
                                              "leaky_relu",
                                              "log_softmax",
                                              "elu",
                                              "max_pool2d",
                                              "relu",
                                              "relu6",
                                              "reshape",
                                              "scale",
                                              "sigmoid",
                                              "silu",
                                              "sum",
                                              "sum_to",
                                              "gelu",
                                              "softmax",
                                              "tanh"};
  const std::vector<bool> fixed = only_of_leaves(nodes);
  HeadPath path;
  for (std::size_t place = nodes.size(); place > 0;) {
    const DescribedNode& n = nodes[place - 1];
    if (is_product(nodes, n)) {
      path.head = place;
      return path;
    }
    std::vector<std::size_t> sources;
    for (const std::size_t i : n.in)
      if (!fixed[i]) sources.push_back(i);
    require(followed.contains(n.op) && sources.size() == 1, "its logits come from '", files::printable(n.name), "' (",
            n.op, "), not from a linear layer or a 1×1 convolution that could be given other classes");
    path.behind.push_back(place);
    place = sources[0];
  }
  fail("its logits come from the images without a linear layer or a 1×1 convolution between them");
}

/// Leaves that the nodes behind the head read directly.
std::vector<std::size_t> leaves_behind(const DescribedNodes& nodes, const HeadPath& path) {
  std::vector<std::size_t> leaves;
  for (const std::size_t place : path.behind)
    for (const std::size_t i : nodes[place - 1].in)
      if (i > 0 && nodes[i - 1].op.empty()) leaves.push_back(i);
  return leaves;
}

}  // namespace

Head find_head(const DescribedNodes& nodes) {
  const HeadPath path = path_to_head(nodes);
  const DescribedNode& n = nodes[path.head - 1];
  const DescribedNode& weight = nodes[n.in[1] - 1];
  require(weight.shape.size() >= 2, "the weights of its last layer '", files::printable(n.name), "' have shape ",
          to_string(weight.shape));
  Head head{.layer = n.name,
            .parameters = {},
            .place = path.head,
            .inputs = elements(weight.shape) / weight.shape[0],
            .classes = weight.shape[0]};
  for (std::size_t i = 1; i < n.in.size(); ++i) head.parameters.push_back(nodes[n.in[i] - 1].name);
  for (const std::size_t i : leaves_behind(nodes, path))
    if (nodes[i - 1].leaf == Leaf::parameter) head.parameters.push_back(nodes[i - 1].name);
  return head;
}

void resize_head(DescribedNodes& nodes, const Head& head, std::int64_t classes) {
  const HeadPath path = path_to_head(nodes);
  const auto resize = [&](Shape& shape) { std::replace(shape.begin(), shape.end(), head.classes, classes); };
  const DescribedNode& n = nodes[path.head - 1];
  for (std::size_t i = 1; i < n.in.size(); ++i) nodes[n.in[i] - 1].shape[0] = classes;
  for (const std::size_t i : leaves_behind(nodes, path)) resize(nodes[i - 1].shape);
  for (const std::size_t place : path.behind) resize(nodes[place - 1].shape);
}

}  // namespace backflow::models
