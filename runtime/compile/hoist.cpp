// Pass 7, for frozen weights: what is computed from them alone is computed when the flow is made. A form's key says all
// that its bits depend on, so that flows on one store share it.
#include <algorithm>
#include <bit>

#include <backflow/graph/error.h>
#include <backflow/runtime/compile/plan.h>

namespace backflow {
namespace {

/// FNV-1a, of 32 bits at a time.
class Hash {
 public:
  void add(float x) { state_ = (state_ ^ std::bit_cast<std::uint32_t>(x)) * 0x100000001B3U; }
  std::uint64_t state() const { return state_; }

 private:
  std::uint64_t state_ = 0xCBF29CE484222325U;
};

/// A constant is known by its numbers too: another graph's may have its name.
std::string identity(const PlanValue& constant) {
  Hash hash;
  const Initializer& i = constant.initial;
  for (const float x : {static_cast<float>(i.kind), i.a, i.b}) hash.add(x);
  if (i.data)
    for (const float x : *i.data) hash.add(x);
  return str_cat(constant.name, '#', hash.state(), to_string(constant.spec.shape));
}

/// The key of a frozen value; empty if it is not frozen.
std::string key_of(const PlanValue& v) {
  const std::string layout = "[" + v.layout.letters(v.spec.shape.size()) + "]";
  if (!v.derived.empty()) return v.derived;
  if (v.leaf == Leaf::constant) return identity(v) + layout;
  return v.leaf == Leaf::parameter || v.leaf == Leaf::state ? v.name + layout : "";
}

}  // namespace

Plan hoist(Plan plan) {
  std::vector<PlanNode> nodes;
  for (PlanNode& node : plan.nodes) {
    const std::string form = node.op->traits().weight_form;
    std::string inputs;
    bool frozen = !form.empty() && node.out.size() == 1 && !plan.values[node.out[0]].kept;
    for (std::size_t v : node.in) {
      const std::string key = key_of(plan.values[v]);
      frozen = frozen && !key.empty();
      inputs += (inputs.empty() ? "" : ", ") + key;
    }
    if (!frozen) {
      nodes.push_back(std::move(node));
      continue;
    }
    PlanValue& out = plan.values[node.out[0]];
    out.leaf = Leaf::constant;
    out.derived = form + "(" + inputs + ")[" + out.layout.letters(out.spec.shape.size()) + "]";
    node.tiles = 1;
    node.tiling = {};
    plan.once.push_back(std::move(node));
  }
  plan.nodes = std::move(nodes);
  return plan;
}

}  // namespace backflow
