#include <backflow/runtime/models/append_graph.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/models/model.h>

namespace backflow::models {

std::vector<std::vector<Value>> append_graph(Graph& to, const Graph& from, const std::map<std::string, Value>& inputs,
                                             const std::string& prefix) {
  return append_graph(to, from, prefix, [&](const Node& node) {
    if (node.leaf != Leaf::input) return shared_leaf(to, node.leaf, prefix + node.name, node.out[0], node.initial);
    const auto found = inputs.find(node.name);
    require(found != inputs.end(), "[append_graph] input '", node.name, "' is given no value");
    return found->second;
  });
}

std::vector<std::vector<Value>> append_graph(Graph& to, const Graph& from, const std::string& prefix,
                                             const std::function<Value(const Node&)>& leaf) {
  std::vector<std::vector<Value>> became;
  for (std::size_t n = 0; n < from.size(); ++n) {
    const Node& node = from.node(n);
    if (node.leaf != Leaf::none) {
      became.push_back({leaf(node)});
      continue;
    }
    std::vector<Value> in;
    for (const Value& v : node.in) in.push_back(became[v.node][v.index]);
    const RoleScope role(to, node.role, "");
    became.push_back(to.add(node.op, std::move(in), prefix + node.name));
  }
  return became;
}

}  // namespace backflow::models
