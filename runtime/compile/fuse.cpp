// Pass 2: a node and its only consumer become one where the op can compute both.
#include "runtime/compile/plan.h"

namespace backflow {
namespace {

/// The node that can be joined to `n`: it reads n's only output first, and nobody else does.
std::optional<std::size_t> consumer_of(const Plan& plan, std::size_t n,
                                       const std::vector<std::vector<std::size_t>>& readers) {
  const PlanNode& node = plan.nodes[n];
  if (node.out.size() != 1 || plan.values[node.out[0]].kept || readers[node.out[0]].size() != 1) return {};
  const std::size_t c = readers[node.out[0]][0];
  const bool simple = plan.nodes[c].in.size() == 1 && plan.nodes[c].out.size() == 1;
  return simple ? std::optional(c) : std::nullopt;
}

}  // namespace

Plan fuse(Plan plan) {
  const auto readers = plan.readers();
  std::vector<bool> gone(plan.nodes.size());
  for (std::size_t n = 0; n < plan.nodes.size(); ++n) {
    const auto c = gone[n] ? std::nullopt : consumer_of(plan, n, readers);
    if (!c) continue;
    auto fused = plan.nodes[n].op->fused_with(*plan.nodes[*c].op);
    if (!fused) continue;
    // Takes the producer's place: all its inputs exist there, and the result is ready before its readers.
    plan.nodes[n].op = std::move(fused);
    plan.nodes[n].name += "+" + plan.nodes[*c].op->kind();
    plan.nodes[n].out = plan.nodes[*c].out;
    gone[*c] = true;
  }
  Plan result = plan;
  result.nodes.clear();
  for (std::size_t n = 0; n < plan.nodes.size(); ++n)
    if (!gone[n]) result.nodes.push_back(std::move(plan.nodes[n]));
  return result;
}

}  // namespace backflow
