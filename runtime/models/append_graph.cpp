#include <backflow/runtime/models/append_graph.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/models/model.h>

namespace backflow::models {

std::vector<std::vector<Value>> append_graph(Graph& to, const Graph& from, const std::map<std::string, Value>& inputs,
                                             const std::string& prefix) {
  std::vector<std::vector<Value>> became;
  for (std::size_t n = 0; n < from.size(); ++n) {
    const Node& node = from.node(n);
    if (node.leaf == Leaf::input) {
      const auto found = inputs.find(node.name);
      require(found != inputs.end(), "[append_graph] input '", node.name, "' is given no value");
      became.push_back({found->second});
    } else if (node.leaf != Leaf::none) {
      became.push_back({shared_leaf(to, node.leaf, prefix + node.name, node.out[0], node.initial)});
    } else {
      std::vector<Value> in;
      for (const Value& v : node.in) in.push_back(became[v.node][v.index]);
      const RoleScope role(to, node.role, "");
      became.push_back(to.add(node.op, std::move(in), prefix + node.name));
    }
  }
  return became;
}

}  // namespace backflow::models
