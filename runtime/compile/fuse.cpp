// Pass 3: a node and its only consumer become one where the op can compute both.
#include "runtime/compile/plan.h"

namespace backflow {
namespace {

/// The node that can be joined to `n`: it reads n's only output first, and nobody else does. What else it reads is
/// there before n.
std::optional<std::size_t> consumer_of(const Plan& plan, std::size_t n,
                                       const std::vector<std::vector<std::size_t>>& readers,
                                       const std::vector<std::optional<std::size_t>>& producers) {
  const PlanNode& node = plan.nodes[n];
  if (node.out.size() != 1 || plan.values[node.out[0]].kept || readers[node.out[0]].size() != 1) return {};
  const std::size_t c = readers[node.out[0]][0];
  const PlanNode& consumer = plan.nodes[c];
  bool fits = consumer.in[0] == node.out[0] && consumer.out.size() == 1;
  for (std::size_t i = 1; i < consumer.in.size(); ++i)
    fits = fits && consumer.in[i] != node.out[0] && (!producers[consumer.in[i]] || *producers[consumer.in[i]] < n);
  return fits ? std::optional(c) : std::nullopt;
}

}  // namespace

Plan fuse(Plan plan) {
  const auto readers = plan.readers();
  const auto producers = plan.producers();
  std::vector<bool> gone(plan.nodes.size());
  for (std::size_t n = 0; n < plan.nodes.size(); ++n) {
    const auto c = gone[n] ? std::nullopt : consumer_of(plan, n, readers, producers);
    if (!c) continue;
    auto fused = plan.nodes[n].op->fused_with(*plan.nodes[*c].op);
    if (!fused) continue;
    // Takes the producer's place: all its inputs exist there, and the result is ready before its readers. The
    // consumer's other inputs follow the producer's, if the op reads them.
    plan.nodes[n].op = std::move(fused);
    plan.nodes[n].name += "+" + plan.nodes[*c].op->kind();
    const auto& more = plan.nodes[*c].in;
    const bool reads = !dynamic_cast<const ReadsNoMore*>(plan.nodes[n].op.get());
    if (reads) plan.nodes[n].in.insert(plan.nodes[n].in.end(), more.begin() + 1, more.end());
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
