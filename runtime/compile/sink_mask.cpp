// Pass 2: of a concat of relus, the gradient's parts need not go through the gradients of the relus one by one: the
// whole goes through one, which can then be fused into what makes it, and the parts can be read where they lie.
#include <algorithm>

#include <backflow/runtime/compile/plan.h>

namespace backflow {
namespace {

/// One part of a gradient on its way to a relu's input.
struct Branch {
  std::size_t take, relu;  // nodes
};

class SinkMaskPass {
 public:
  explicit SinkMaskPass(Plan plan) : plan_(std::move(plan)), readers_(plan_.readers()) {}

  Plan run() {
    std::vector<PlanNode> nodes;
    std::vector<bool> gone(plan_.nodes.size());
    std::map<std::size_t, PlanNode> before;  // new nodes, and the one that they come before
    for (std::size_t v = 0; v < readers_.size(); ++v) {
      const auto branches = branches_of(v);
      const auto join = branches.empty() ? std::nullopt : join_of(branches);
      if (!join) continue;
      before.emplace(branches[0].take, sunk(v, plan_.nodes[*join].out[0], branches));
      for (const Branch& b : branches) gone[b.relu] = true;
    }
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n) {
      if (auto found = before.find(n); found != before.end()) nodes.push_back(std::move(found->second));
      if (!gone[n]) nodes.push_back(std::move(plan_.nodes[n]));
    }
    plan_.nodes = std::move(nodes);
    return std::move(plan_);
  }

 private:
  /// The branches of a gradient if it is read in no other way.
  std::vector<Branch> branches_of(std::size_t value) const {
    std::vector<Branch> result;
    for (std::size_t n : readers_[value]) {
      const PlanNode& take = plan_.nodes[n];
      if (!take.op->traits().slices || plan_.values[take.out[0]].kept) return {};
      if (readers_[take.out[0]].size() != 1) return {};
      const std::size_t relu = readers_[take.out[0]][0];
      if (plan_.nodes[relu].op->traits().clamp_gradient != Clamp{} || plan_.nodes[relu].in[0] != take.out[0]) return {};
      result.push_back({n, relu});
    }
    return plan_.values[value].kept ? std::vector<Branch>{} : result;
  }

  /// The concat of which the branches' relus are the inputs, each at its branch's place.
  std::optional<std::size_t> join_of(const std::vector<Branch>& branches) const {
    for (std::size_t n : readers_[plan_.nodes[branches[0].relu].in[1]]) {
      const PlanNode& join = plan_.nodes[n];
      const auto concatenates = join.op->traits().concatenates;
      if (!concatenates || n >= branches[0].take) continue;
      const std::vector<Part> places = concatenates(plan_.signature(join));
      const auto matches = [&](const Branch& b) {
        const auto at = std::find(join.in.begin(), join.in.end(), plan_.nodes[b.relu].in[1]);
        if (at == join.in.end()) return false;
        const PlanNode& take = plan_.nodes[b.take];
        const auto part = take.op->traits().slices(plan_.signature(take));
        return part && *part == places[static_cast<std::size_t>(at - join.in.begin())];
      };
      if (plan_.values[join.out[0]].spec == plan_.values[plan_.nodes[branches[0].take].in[0]].spec &&
          std::all_of(branches.begin(), branches.end(), matches))
        return n;
    }
    return {};
  }

  PlanNode sunk(std::size_t gradient, std::size_t output, const std::vector<Branch>& branches) {
    const PlanNode& relu = plan_.nodes[branches[0].relu];
    PlanValue value{relu.name + ".whole", plan_.values[gradient].spec, Leaf::none, {}};
    const std::size_t id = plan_.add(std::move(value));
    for (const Branch& b : branches) {
      plan_.nodes[b.take].in[0] = id;
      plan_.nodes[b.take].out[0] = plan_.nodes[b.relu].out[0];
    }
    return {plan_.values[id].name, relu.role, relu.op, {gradient, output}, {id}, {}, 1, 1, {}, {}};
  }

  Plan plan_;
  std::vector<std::vector<std::size_t>> readers_;
};

}  // namespace

Plan sink_mask(Plan plan) { return SinkMaskPass(std::move(plan)).run(); }

}  // namespace backflow
