// Pass 1: only what outputs and updates need.
#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/runtime/compile/plan.h>

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

/// A value is what it was when the step began: nobody may read it when its update has begun.
void check_updates(const Plan& plan) {
  std::map<std::size_t, std::string> overwritten;  // value → the node that did it
  for (const PlanNode& node : plan.nodes) {
    for (std::size_t v : node.in)
      if (auto found = overwritten.find(v); found != overwritten.end())
        fail("[", node.name, "] reads '", plan.values[v].name, "', which '", found->second,
             "' has overwritten by then; append it before the update or read the update's result");
    for (std::size_t v : node.out)
      if (auto old = plan.values[v].overwritten) {
        overwritten[*old] = node.name;
        require(std::count(node.in.begin(), node.in.end(), *old) == 1, "[", node.name, "] overwrites '",
                plan.values[*old].name, "' and reads it twice");
      }
  }
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
  check_updates(plan);
  return plan;
}

}  // namespace backflow
