// Pass 1: only what outputs and updates need.
#include <algorithm>

#include "runtime/compile/plan.h"

namespace backflow {
namespace {

std::vector<bool> needed(const Graph& g) {
  std::vector<bool> result(g.size());
  for (const auto& [name, value] : g.outputs()) result[value.node] = true;
  for (std::size_t n = 0; n < g.size(); ++n)
    if (g.node(n).role == Role::update && g.node(n).op) result[n] = true;
  for (std::size_t n = g.size(); n-- > 0;)
    if (result[n])
      for (const Value& v : g.node(n).in) result[v.node] = true;
  return result;
}

}  // namespace

Plan prune(const Graph& g) {
  Plan plan;
  std::map<Value, std::size_t> ids;
  const auto keep = needed(g);
  for (std::size_t n = 0; n < g.size(); ++n) {
    if (!keep[n]) continue;
    const Node& node = g.node(n);
    PlanNode p{node.name, node.role, node.op, {}, {}, {}, 1, 1, {}, {}};
    for (const Value& v : node.in) p.in.push_back(ids.at({nullptr, v.node, v.index}));
    for (std::size_t i = 0; i < node.out.size(); ++i) {
      const std::string suffix = node.out.size() > 1 ? ":" + std::to_string(i) : "";
      const std::size_t id = plan.add({node.name + suffix, node.out[i], node.leaf, node.initial});
      ids[{nullptr, n, i}] = id;
      p.out.push_back(id);
      if (node.op)
        if (auto input = node.op->overwrites(i)) plan.values[id].overwritten = p.in.at(*input);
    }
    if (node.op) plan.nodes.push_back(std::move(p));
  }
  for (const auto& [name, v] : g.outputs()) {
    plan.outputs[name] = ids.at({nullptr, v.node, v.index});
    plan.values[plan.outputs[name]].kept = true;
  }
  return plan;
}

}  // namespace backflow
