// A picture of what really runs: fused nodes, reorders, tiles.
#include <backflow/graph/dot.h>

#include <backflow/graph/error.h>
#include <backflow/ops/reorder.h>
#include <backflow/runtime/compile/plan.h>

namespace backflow {
namespace {

class PlanPicture {
 public:
  explicit PlanPicture(const Plan& plan) : plan_(plan), readers_(plan.readers()), made_by_(plan.values.size()) {}

  std::string text() {
    for (std::size_t v = 0; v < plan_.values.size(); ++v)
      if (plan_.values[v].leaf != Leaf::none) leaf(v);
    for (const PlanNode& node : plan_.nodes) add(node);
    std::map<std::string, DotNode::Edge> outputs;
    for (const auto& [name, v] : plan_.outputs) outputs.emplace(name, edge(v));
    return to_dot(nodes_, outputs, title());
  }

 private:
  /// The node that makes a value, and which of its outputs that is.
  struct Source {
    std::size_t node = 0, index = 0;
    std::size_t addends = 1;  // values that lie behind one edge of the picture
    bool shown = true;        // the first of them
  };

  std::string title() const {
    std::size_t reorders = 0, tiles = 0;
    for (const PlanNode& node : plan_.nodes) {
      reorders += node.op->traits().reorder ? 1 : 0;
      tiles += node.tiles;
    }
    return str_cat(plan_.nodes.size(), " nodes in ", tiles, " tiles, ", reorders,
                   reorders == 1 ? " reorder" : " reorders");
  }

  void leaf(std::size_t v) {
    made_by_[v] = {nodes_.size(), 0};
    const PlanValue& value = plan_.values[v];
    const bool is_forward = value.leaf == Leaf::input || value.leaf == Leaf::parameter || readers_[v].empty();
    const Role role = is_forward ? Role::forward : plan_.nodes[readers_[v][0]].role;
    nodes_.push_back({value.name, "", role, value.leaf, {}});
  }

  void add(const PlanNode& node) {
    DotNode n = dot_node(node.name, node.role, *node.op);
    if (node.tiles > 1) n.text += str_cat(n.text.empty() ? "" : ", ", node.tiles, " tiles");
    for (std::size_t v : node.in) {
      if (!made_by_[plan_.base(v)].shown) continue;
      const PlanValue& value = plan_.values[v];
      n.in.push_back(edge(v));
      n.in.back().repeated = node.role == Role::update && value.leaf == Leaf::input && elements(value.spec.shape) == 1;
    }
    for (std::size_t i = 0; i < node.out.size(); ++i) {
      made_by_[node.out[i]] = {nodes_.size(), i};
      if (auto addends = node.addends.find(i); addends != node.addends.end())
        for (std::size_t v : addends->second)
          made_by_[v] = {nodes_.size(), i, addends->second.size(), v == addends->second[0]};
    }
    nodes_.push_back(std::move(n));
  }

  DotNode::Edge edge(std::size_t v) const {
    const PlanValue& value = plan_.values[v];
    const Source& s = made_by_[plan_.base(v)];
    const std::string order =
        value.layout.is_plain() || value.layout.is_any() ? "" : " " + value.layout.letters(value.spec.shape.size());
    return {s.node, s.index, str_cat(s.addends > 1 ? str_cat(s.addends, " × ") : "", to_string(value.spec), order)};
  }

  const Plan& plan_;
  std::vector<std::vector<std::size_t>> readers_;
  std::vector<Source> made_by_;  // of each value
  std::vector<DotNode> nodes_;
};

}  // namespace

std::string to_dot(const Plan& plan) { return PlanPicture(plan).text(); }

}  // namespace backflow
