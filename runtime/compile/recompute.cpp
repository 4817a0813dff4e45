// Gradient checkpointing (Chen et al. 2016, https://arxiv.org/abs/1604.06174): the forward pass is cut into segments of
// about the same bytes. Between them values are kept; inside them the backward pass reads copies, which are computed
// again when the gradient arrives at the segment's end.
#include <algorithm>
#include <set>

#include <backflow/runtime/compile/plan.h>

namespace backflow {
namespace {

class RecomputePass {
 public:
  RecomputePass(Plan plan, std::size_t segments) : plan_(std::move(plan)), count_(segments) {}

  Plan run() {
    choose_segments();
    const auto producers = plan_.producers();
    for (PlanNode& node : plan_.nodes) {
      if (node.role == Role::backward) redirect(node, producers);
      nodes_.push_back(std::move(node));
    }
    plan_.nodes = std::move(nodes_);
    return std::move(plan_);
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  double bytes(const PlanNode& node) const {
    double sum = 0;
    for (std::size_t v : node.out)
      sum += static_cast<double>(elements(plan_.values[v].spec.shape)) *
             static_cast<double>(size_of(plan_.values[v].spec.type));
    return sum;
  }

  /// Forward nodes in the order of the plan, cut where the bytes so far pass the next border. The last segment is kept:
  /// the backward pass begins with it.
  void choose_segments() {
    double total = 0, sum = 0;
    for (const PlanNode& node : plan_.nodes)
      if (node.role == Role::forward) total += bytes(node);
    segment_.assign(plan_.nodes.size(), kNone);
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n) {
      if (plan_.nodes[n].role != Role::forward) continue;
      const auto s = static_cast<std::size_t>(sum / total * static_cast<double>(count_));
      sum += bytes(plan_.nodes[n]);
      if (s + 1 < count_ && !updates(plan_.nodes[n])) segment_[n] = s;
    }
    const auto producers = plan_.producers();
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n)
      for (std::size_t v : plan_.nodes[n].in)
        if (plan_.nodes[n].role == Role::forward && producers[v] && segment_[*producers[v]] != segment_[n])
          border_.insert(v);
  }

  bool updates(const PlanNode& node) const {
    return std::any_of(node.out.begin(), node.out.end(), [&](std::size_t v) { return plan_.values[v].overwritten; });
  }

  /// Lets a backward node read copies.
  void redirect(PlanNode& node, const std::vector<std::optional<std::size_t>>& producers) {
    std::vector<std::size_t> gradients;
    for (std::size_t v : node.in)
      if (producers[v] && role_[*producers[v]] == Role::backward) gradients.push_back(v);
    for (std::size_t& v : node.in)
      if (is_inner(v, producers)) v = copy_of(v, gradients, producers);
  }

  bool is_inner(std::size_t v, const std::vector<std::optional<std::size_t>>& producers) const {
    return producers[v] && segment_[*producers[v]] != kNone && !border_.contains(v) && !plan_.values[v].kept;
  }

  /// The copy of a value, made when `gradients` are there; so are those that it is computed from.
  std::size_t copy_of(std::size_t value, const std::vector<std::size_t>& gradients,
                      const std::vector<std::optional<std::size_t>>& producers) {
    if (auto found = copies_.find(value); found != copies_.end()) return found->second;
    const std::size_t n = *producers[value];
    auto& after = after_[segment_[n]];
    if (after.empty()) after = gradients;
    PlanNode node = kept_[n];
    node.name += ".again";
    node.role = Role::backward;
    node.after = after;
    for (std::size_t& v : node.in)
      if (is_inner(v, producers)) v = copy_of(v, gradients, producers);
    for (std::size_t& v : node.out) {
      PlanValue copy = plan_.values[v];
      copy.name += ".again";
      copy.kept = false;
      const std::size_t id = plan_.add(std::move(copy));
      copies_[v] = id;
      v = id;
    }
    nodes_.push_back(std::move(node));
    return copies_.at(value);
  }

  Plan plan_;
  std::size_t count_;
  std::vector<PlanNode> nodes_, kept_ = plan_.nodes;
  std::vector<Role> role_ = roles();
  std::vector<std::size_t> segment_;  // of each node; kNone where it is kept
  std::set<std::size_t> border_;      // values that a later segment reads
  std::map<std::size_t, std::size_t> copies_;
  std::map<std::size_t, std::vector<std::size_t>> after_;  // the gradients whose arrival starts a segment again

  std::vector<Role> roles() const {
    std::vector<Role> result;
    for (const PlanNode& node : plan_.nodes) result.push_back(node.role);
    return result;
  }
};

}  // namespace

Plan recompute(Plan plan, std::size_t segments) { return RecomputePass(std::move(plan), segments).run(); }

}  // namespace backflow
