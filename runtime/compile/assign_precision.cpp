// Pass 4, where bf16 is wanted: which values are held in it. Products pay for the conversion of what they read; what
// lies between them follows where it saves conversions. Parameters stay f32: products read copies of them, which the
// updates write and which live from step to step, or which are converted in the step where no update can write them.
#include <algorithm>

#include <backflow/ops/cast.h>
#include <backflow/runtime/compile/plan.h>

namespace backflow {
namespace {

class PrecisionPass {
 public:
  explicit PrecisionPass(Plan plan)
      : plan_(std::move(plan)), rules_(plan_.nodes.size()), in_bf16_(plan_.nodes.size()), held_(plan_.values.size()) {
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n)
      if (const auto bf16 = plan_.nodes[n].op->traits().bf16) {
        rules_[n] = bf16(plan_.signature(plan_.nodes[n]));
        rules_[n]->in.resize(plan_.nodes[n].in.size());
        rules_[n]->out.resize(plan_.nodes[n].out.size());
      }
  }

  Plan run() {
    spread();
    withdraw();
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n)
      for (std::size_t i = 0; i < plan_.nodes[n].out.size(); ++i)
        if (held_[plan_.nodes[n].out[i]]) plan_.values[plan_.nodes[n].out[i]].spec.type = Type::bf16;
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n) {
      PlanNode node = plan_.nodes[n];
      for (std::size_t i = 0; i < node.in.size(); ++i) node.in[i] = read(n, i, node.role);
      nodes_.push_back(std::move(node));
    }
    add_shadow_copies();
    plan_.nodes = std::move(nodes_);
    return std::move(plan_);
  }

 private:
  bool reads_bf16(std::size_t n, std::size_t i) const { return rules_[n] && rules_[n]->in[i]; }
  bool may_write_bf16(std::size_t n, std::size_t i) const {
    const PlanValue& v = plan_.values[plan_.nodes[n].out[i]];
    return rules_[n]->out[i] && !v.kept && !v.overwritten;
  }

  /// From products on, over what can follow.
  void spread() {
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n) {
      const PlanNode& node = plan_.nodes[n];
      if (!rules_[n]) continue;
      in_bf16_[n] = rules_[n]->pays;
      for (std::size_t i = 0; i < node.in.size(); ++i)
        in_bf16_[n] = in_bf16_[n] || (reads_bf16(n, i) && held_[node.in[i]]);
      for (std::size_t i = 0; i < node.out.size(); ++i) held_[node.out[i]] = in_bf16_[n] && may_write_bf16(n, i);
    }
  }

  /// Back from values that no product needs in bf16, so that logits and losses stay f32.
  void withdraw() {
    const auto readers = plan_.readers();
    for (std::size_t n = plan_.nodes.size(); n-- > 0;) {
      if (!in_bf16_[n]) continue;
      bool any = false;
      for (std::size_t v : plan_.nodes[n].out) {
        held_[v] = held_[v] && std::any_of(readers[v].begin(), readers[v].end(),
                                           [&](std::size_t r) { return in_bf16_[r] && needs(r, v); });
        any = any || held_[v];
      }
      in_bf16_[n] = any || rules_[n]->pays;
    }
  }

  /// Whether the narrow node reads `value` in bf16.
  bool needs(std::size_t n, std::size_t value) const {
    const auto& in = plan_.nodes[n].in;
    for (std::size_t i = 0; i < in.size(); ++i)
      if (in[i] == value && reads_bf16(n, i)) return true;
    return false;
  }

  /// The value that node n reads as input i: what it is, or a form of it.
  std::size_t read(std::size_t n, std::size_t i, Role role) {
    const std::size_t value = plan_.nodes[n].in[i];
    const Type has = plan_.values[value].spec.type;
    if (has != Type::f32 && has != Type::bf16) return value;
    const bool follows = reads_bf16(n, i) && (in_bf16_[n] || !writes_narrow(n));
    const Type wanted = follows && (in_bf16_[n] || held_[value]) ? Type::bf16 : Type::f32;
    return wanted == has ? value : cast(value, wanted, role);
  }

  /// Whether it has results that could be narrow; those without read what there is.
  bool writes_narrow(std::size_t n) const {
    return rules_[n] && std::count(rules_[n]->out.begin(), rules_[n]->out.end(), true) > 0;
  }

  std::size_t cast(std::size_t value, Type type, Role role) {
    if (auto found = casts_.find(value); found != casts_.end()) return found->second;
    const PlanValue& from = plan_.values[value];
    PlanValue to{from.name + "." + to_string(type), {from.spec.shape, type}};
    if (from.leaf == Leaf::parameter || from.leaf == Leaf::state) to.ordered_as = value;
    const std::size_t id = plan_.add(std::move(to));
    nodes_.push_back({plan_.values[id].name, role, std::make_shared<Cast>(type), {value}, {id}, {}, 1, 1, {}, {}});
    casts_[value] = id;
    return id;
  }

  /// Copies of parameters that an update in this plan can write need no conversion in the step.
  void add_shadow_copies() {
    for (PlanNode& update : nodes_) {
      if (!update.op->traits().shadow_copy) continue;
      const auto found = casts_.find(*plan_.values[update.out[0]].overwritten);
      if (found == casts_.end()) continue;
      const std::size_t copy = found->second;
      plan_.values[copy].leaf = Leaf::constant;
      PlanValue next{plan_.values[copy].name + ".next", plan_.values[copy].spec};
      next.overwritten = copy;
      update.out.push_back(plan_.add(std::move(next)));
    }
    for (PlanNode& node : nodes_)
      if (plan_.values[node.out[0]].leaf == Leaf::constant) plan_.shadow_copies.push_back(node);
    std::erase_if(nodes_, [&](const PlanNode& n) { return plan_.values[n.out[0]].leaf == Leaf::constant; });
  }

  Plan plan_;
  std::vector<std::optional<Bf16Rule>> rules_;  // of each node, if it has kernels for bf16
  std::vector<bool> in_bf16_;                   // nodes that compute with bf16
  std::vector<bool> held_;                      // values that are bf16
  std::vector<PlanNode> nodes_;
  std::map<std::size_t, std::size_t> casts_;  // of a value, to the type that it has not
};

}  // namespace

Plan assign_precision(Plan plan) { return PrecisionPass(std::move(plan)).run(); }

}  // namespace backflow
