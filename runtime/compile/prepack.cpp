// Pass 4: weights in the forms that ops like best. Ops that want the same form of the same weights share one node.

#include <backflow/runtime/compile/plan.h>

namespace backflow {
namespace {

class PrepackPass {
 public:
  PrepackPass(Plan plan, bool frozen) : plan_(std::move(plan)), frozen_(frozen) {}

  Plan run() {
    for (PlanNode& node : plan_.nodes) {
      if (const auto prepack = node.op->traits().prepack)
        if (auto wanted = prepack(plan_.signature(node), frozen_)) {
          node.in[wanted->input] = form_of(node.in[wanted->input], wanted->weights, node.role);
          node.op = std::move(wanted->op);
        }
      nodes_.push_back(std::move(node));
    }
    plan_.nodes = std::move(nodes_);
    return std::move(plan_);
  }

 private:
  std::size_t form_of(std::size_t value, const std::shared_ptr<const Op>& op, Role role) {
    auto& known = forms_[{value, op->traits().weight_form}];
    if (known) return *known;
    const Spec spec = op->infer(std::span(&plan_.values[value].spec, 1))[0];
    const std::size_t id = plan_.add({plan_.values[value].name + "." + op->kind(), spec, Leaf::none, {}});
    nodes_.push_back({plan_.values[id].name, role, op, {value}, {id}, {}, 1, 1, {}, {}});
    known = id;
    return id;
  }

  Plan plan_;
  bool frozen_;
  std::vector<PlanNode> nodes_;
  std::map<std::pair<std::size_t, std::string>, std::optional<std::size_t>> forms_;
};

}  // namespace

Plan prepack(Plan plan, bool frozen) { return PrepackPass(std::move(plan), frozen).run(); }

}  // namespace backflow
