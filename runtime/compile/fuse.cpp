// Pass 3: a node and its only consumer become one where the op can compute both, and so on with what reads that one.
#include <algorithm>
#include <utility>

#include <backflow/runtime/compile/plan.h>

namespace backflow {
namespace {

class FusePass {
 public:
  explicit FusePass(Plan plan)
      : plan_(std::move(plan)), readers_(plan_.readers()), producers_(plan_.producers()), gone_(plan_.nodes.size()) {}

  Plan run() {
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n)
      while (!gone_[n] && join(n)) {
      }
    plan_.erase(gone_);
    return std::move(plan_);
  }

 private:
  /// Joins the node and what reads it.
  bool join(std::size_t n) {
    const auto c = consumer_of(n);
    auto op = c ? plan_.nodes[n].op->fused_with(*plan_.nodes[*c].op) : nullptr;
    if (!op) return false;
    PlanNode fused = std::move(plan_.nodes[n]);
    const PlanNode& consumer = plan_.nodes[*c];
    const std::vector<std::size_t> more = others(consumer, fused.out[0]);
    // The consumer's other inputs follow the producer's, if the op reads them.
    if (!op->traits().ignores_consumer_inputs) fused.in.insert(fused.in.end(), more.begin(), more.end());
    fused.op = std::move(op);
    fused.name += "+" + consumer.op->kind();
    fused.out = consumer.out;
    // The earlier the better, but not before its inputs.
    const bool late =
        std::any_of(more.begin(), more.end(), [&](std::size_t v) { return producers_[v] && *producers_[v] > n; });
    const std::size_t place = late ? *c : n, other = late ? n : *c;
    for (const auto* in : {&std::as_const(fused.in), &consumer.in})
      for (std::size_t v : *in) std::replace(readers_[v].begin(), readers_[v].end(), other, place);
    producers_[fused.out[0]] = place;
    plan_.nodes[place] = std::move(fused);
    gone_[other] = true;
    return true;
  }

  /// The node that may be joined to `n`: nobody else reads n's only output, and it reads it once: first, or as one of
  /// two addends.
  std::optional<std::size_t> consumer_of(std::size_t n) const {
    const PlanNode& node = plan_.nodes[n];
    if (node.out.size() != 1 || plan_.values[node.out[0]].kept || readers_[node.out[0]].size() != 1) return {};
    const std::size_t c = readers_[node.out[0]][0];
    const PlanNode& consumer = plan_.nodes[c];
    const bool sum = consumer.op->traits().sum;
    const bool fits = sum ? consumer.in.size() == 2 : consumer.in[0] == node.out[0];
    return fits && consumer.out.size() == 1 ? std::optional(c) : std::nullopt;
  }

  static std::vector<std::size_t> others(const PlanNode& node, std::size_t value) {
    std::vector<std::size_t> in = node.in;
    std::erase(in, value);
    return in;
  }

  Plan plan_;
  std::vector<std::vector<std::size_t>> readers_;
  std::vector<std::optional<std::size_t>> producers_;
  std::vector<bool> gone_;
};

}  // namespace

Plan fuse(Plan plan) { return FusePass(std::move(plan)).run(); }

}  // namespace backflow
