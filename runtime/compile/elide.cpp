// Pass 8: what concat would copy is written to its place at once, and what slice would copy is read where it lies. Only
// where all who read or write the part can do so among other channels.
#include <algorithm>

#include <backflow/runtime/compile/plan.h>

namespace backflow {
namespace {

class ElidePass {
 public:
  explicit ElidePass(Plan plan)
      : plan_(std::move(plan)),
        gone_(plan_.nodes.size()),
        touching_(plan_.readers()),
        waited_for_(plan_.values.size()),
        viewed_(plan_.values.size()) {
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n) {
      for (std::size_t v : plan_.nodes[n].out) touching_[v].push_back(n);
      for (std::size_t v : plan_.nodes[n].after) waited_for_[v] = true;
    }
    for (const PlanValue& v : plan_.values)
      if (v.view_of) viewed_[*v.view_of] = true;
  }

  Plan run() {
    for (std::size_t n = plan_.nodes.size(); n-- > 0;) join(n);  // from the end: a part may have parts
    for (std::size_t n = 0; n < plan_.nodes.size(); ++n) take(n);
    plan_.erase(gone_);
    return std::move(plan_);
  }

 private:
  /// Only a range of the innermost axis, whose neighbours stay neighbours.
  bool fits(const Part& part, std::size_t inside, std::size_t whole) const {
    const PlanValue &a = plan_.values[inside], &b = plan_.values[whole];
    const bool free = a.leaf == Leaf::none && !a.kept && !a.overwritten && b.leaf == Leaf::none && !b.overwritten;
    return free && a.layout == b.layout && !a.layout.is_blocked() &&
           strides(b.spec.shape, b.layout).at(static_cast<std::size_t>(part.axis)) == 1;
  }

  /// All nodes but `except` that read or write the value can do so among other channels, in no part of their own.
  bool all_strided(std::size_t value, std::size_t except) const {
    if (waited_for_[value] || viewed_[value]) return false;
    return std::all_of(touching_[value].begin(), touching_[value].end(), [&](std::size_t n) {
      const PlanNode& node = plan_.nodes[n];
      if (gone_[n] || n == except) return true;
      const bool writes = std::count(node.out.begin(), node.out.end(), value) > 0;
      const bool shares = writes && (node.out.size() > 1 || !node.addends.empty());
      return node.op->traits().strided && !has_part(node, value) && !shares;
    });
  }

  static bool has_part(const PlanNode& node, std::size_t value) {
    for (const auto& [i, part] : node.in_part)
      if (node.in[i] == value) return true;
    for (const auto& [i, part] : node.out_part)
      if (node.out[i] == value) return true;
    return false;
  }

  void join(std::size_t n) {
    const PlanNode& node = plan_.nodes[n];
    const auto concatenates = node.op->traits().concatenates;
    if (!concatenates || node.tiling.flat) return;
    const std::vector<Part> parts = concatenates(plan_.signature(node));
    const std::size_t whole = node.out[0];
    for (std::size_t i = 0; i < node.in.size(); ++i) {
      const bool once = std::count(node.in.begin(), node.in.end(), node.in[i]) == 1;
      if (!once || !is_computed(node.in[i]) || !fits(parts[i], node.in[i], whole) || !all_strided(node.in[i], n))
        return;
    }
    for (std::size_t i = 0; i < node.in.size(); ++i) replace(node.in[i], whole, parts[i], n);
    gone_[n] = true;
  }

  void take(std::size_t n) {
    const PlanNode& node = plan_.nodes[n];
    const auto slices = node.op->traits().slices;
    if (gone_[n] || !slices || !node.in_part.empty() || !node.out_part.empty()) return;
    const auto part = slices(plan_.signature(node));
    if (!part || !fits(*part, node.out[0], node.in[0]) || !all_strided(node.out[0], n)) return;
    replace(node.out[0], node.in[0], *part, n);
    gone_[n] = true;
  }

  bool is_computed(std::size_t value) const {
    return std::any_of(touching_[value].begin(), touching_[value].end(), [&](std::size_t n) {
      return !gone_[n] && std::count(plan_.nodes[n].out.begin(), plan_.nodes[n].out.end(), value) > 0;
    });
  }

  void replace(std::size_t value, std::size_t whole, const Part& part, std::size_t except) {
    for (std::size_t n : touching_[value]) {
      if (gone_[n] || n == except) continue;
      PlanNode& node = plan_.nodes[n];
      for (std::size_t i = 0; i < node.in.size(); ++i)
        if (node.in[i] == value) node.in[i] = whole, node.in_part[i] = part;
      for (std::size_t i = 0; i < node.out.size(); ++i)
        if (node.out[i] == value) node.out[i] = whole, node.out_part[i] = part;
      touching_[whole].push_back(n);
    }
  }

  Plan plan_;
  std::vector<bool> gone_;
  std::vector<std::vector<std::size_t>> touching_;  // of each value the nodes that read or write it
  std::vector<bool> waited_for_;                    // values that a node waits for without reading them
  std::vector<bool> viewed_;                        // values that others are, byte for byte
};

}  // namespace

Plan elide(Plan plan) { return ElidePass(std::move(plan)).run(); }

}  // namespace backflow
