// Pass 6: every value's memory order. The first consumer of a parameter chooses its order; a later one that wants
// another gets a reorder node, which can be seen and counted.
#include <backflow/ops/reorder.h>
#include <backflow/ops/reshape.h>
#include <backflow/runtime/compile/plan.h>

namespace backflow {
namespace {

class LayoutPass {
 public:
  LayoutPass(Plan plan, const std::map<std::string, Layout>& known) : plan_(std::move(plan)) {
    for (PlanValue& v : plan_.values) {
      if (v.leaf == Leaf::input) v.layout = Layout();
      auto found = known.find(v.name);
      if ((v.leaf == Leaf::parameter || v.leaf == Leaf::state) && found != known.end()) v.layout = found->second;
    }
  }

  Plan run() {
    for (PlanNode& node : plan_.nodes) visit(std::move(node));
    for (PlanValue& v : plan_.values)
      if (v.layout.is_any()) v.layout = Layout();
    for (std::size_t v = 0; v < plan_.values.size(); ++v) plan_.values[v].layout = Layout(layout_of(v));
    restore_plain_outputs();
    plan_.nodes = std::move(nodes_);
    return std::move(plan_);
  }

 private:
  void visit(PlanNode node) {
    std::vector<Layout> offered;
    for (std::size_t v : node.in) offered.push_back(layout_of(v));
    const Layouts wanted = node.op->layouts(plan_.tile_signature(node), offered);
    for (std::size_t i = 0; i < node.in.size(); ++i) {
      Layout& has = layout_of(node.in[i]);
      if (has.is_any()) has = unpadded(wanted.in.at(i), plan_.values[node.in[i]].spec.shape);
      if (is_same_input(plan_.values[node.in[i]], wanted.in.at(i))) has = wanted.in.at(i);
      if (has != wanted.in.at(i)) node.in[i] = in_layout(node.in[i], wanted.in[i], node.role);
    }
    for (std::size_t i = 0; i < node.out.size(); ++i) {
      plan_.values[node.out[i]].layout = wanted.out.at(i);
      if (node.addends.contains(i))
        for (std::size_t v : node.addends[i]) plan_.values[v].layout = wanted.out[i];
    }
    if (!becomes_view(node)) nodes_.push_back(std::move(node));
  }

  /// A copy of a parameter has the parameter's, whichever of the two is read first.
  Layout& layout_of(std::size_t value) { return plan_.values[plan_.values[value].ordered_as.value_or(value)].layout; }

  /// No parameter lies padded: oneDNN 2.6.3's reorders between two padded orders go wrong.
  static Layout unpadded(const Layout& wanted, const Shape& shape) {
    const bool padded = !wanted.is_any() && physical_elements(shape, wanted) != elements(shape);
    return padded ? Layout() : wanted;
  }

  /// A reshape or transpose that changes nothing in memory is no work. One of a parameter is: its update may come
  /// before the reader.
  bool becomes_view(const PlanNode& node) {
    if (node.in.size() != 1 || node.out.size() != 1) return false;
    const PlanValue& in = plan_.values[plan_.base(node.in[0])];
    PlanValue& out = plan_.values[node.out[0]];
    if (in.leaf == Leaf::parameter || in.leaf == Leaf::state || in.overwritten) return false;
    if (!is_view(*node.op, plan_.values[node.in[0]].spec, plan_.values[node.in[0]].layout, out.spec, out.layout))
      return false;
    out.view_of = node.in[0];
    return true;
  }

  /// An input of one channel is nhwc as well as row-major: its axes of length 1 do not count.
  static bool is_same_input(const PlanValue& v, const Layout& wanted) {
    if (v.leaf != Leaf::input || wanted.is_any() || wanted.is_blocked()) return false;
    const Shape a = strides(v.spec.shape, v.layout), b = strides(v.spec.shape, wanted);
    for (std::size_t i = 0; i < a.size(); ++i)
      if (a[i] != b[i] && v.spec.shape[i] != 1) return false;
    return true;
  }

  std::size_t in_layout(std::size_t value, const Layout& layout, Role role) {
    auto& known = copies_[{value, layout.letters(plan_.values[value].spec.shape.size())}];
    if (known) return *known;
    const PlanValue& v = plan_.values[value];
    PlanValue copy{v.name + ".reorder", v.spec, Leaf::none, {}};
    copy.layout = layout;
    const std::size_t id = plan_.add(std::move(copy));
    PlanNode node{plan_.values[id].name, role, std::make_shared<Reorder>(layout), {value}, {id}, {}, 1, 1, {}, {}};
    node.tiling = node.op->tiling(plan_.signature(node));
    nodes_.push_back(std::move(node));
    known = id;
    return id;
  }

  /// What is read after the run is row-major, and of a parameter what its update has made of it.
  void restore_plain_outputs() {
    std::map<std::size_t, std::size_t> overwrites;
    for (std::size_t v = 0; v < plan_.values.size(); ++v)
      if (const auto old = plan_.values[v].overwritten) overwrites.emplace(*old, v);
    for (auto& [name, value] : plan_.outputs) {
      if (plan_.values[value].layout.is_plain()) continue;
      plan_.values[value].kept = false;
      for (auto next = overwrites.find(value); next != overwrites.end(); next = overwrites.find(value))
        value = next->second;
      value = in_layout(value, Layout(), Role::forward);
      plan_.values[value].kept = true;
    }
    for (std::size_t v = 0; v < plan_.values.size(); ++v)
      if (plan_.values[v].kept) plan_.values[plan_.base(v)].kept = true;
  }

  Plan plan_;
  std::vector<PlanNode> nodes_;
  std::map<std::pair<std::size_t, std::string>, std::optional<std::size_t>> copies_;
};

}  // namespace

Plan layout(Plan plan, const std::map<std::string, Layout>& known) { return LayoutPass(std::move(plan), known).run(); }

}  // namespace backflow
