#include <backflow/graph/dot.h>

#include <set>

#include <backflow/graph/error.h>
#include <backflow/graph/markup.h>

namespace backflow {
namespace {

const char* const kHead =
    "digraph backflow {\n"
    "  graph [fontname=\"Helvetica\", ranksep=0.3, nodesep=0.25]\n"
    "  node [fontname=\"Helvetica\", fontsize=11, style=filled, height=0.3, margin=\"0.12,0.05\"]\n"
    "  edge [fontname=\"Helvetica\", fontsize=9, color=\"#64748b\", fontcolor=\"#64748b\", arrowsize=0.6]\n";

struct Looks {
  const char *name, *attributes;
};

const std::map<Role, Looks> kRoles{
    {Role::forward, {"forward", R"(shape=box, fillcolor="#dbeafe", color="#2563eb")"}},
    {Role::backward, {"backward", R"(shape=hexagon, fillcolor="#ffedd5", color="#ea580c", margin="0,0.03")"}},
    {Role::update, {"update", R"(shape=tab, fillcolor="#dcfce7", color="#16a34a")"}}};

const std::map<Leaf, Looks> kLeaves{
    {Leaf::input, {"input", R"(shape=ellipse, fillcolor="#ffffff", color="#2563eb", penwidth=2)"}},
    {Leaf::parameter, {"parameter", R"(shape=ellipse, fillcolor="#fef9c3", color="#ca8a04")"}},
    {Leaf::state, {"state", R"(shape=ellipse, fillcolor="#f1f5f9", color="#475569", style="filled,dashed")"}},
    {Leaf::constant, {"constant", R"(shape=ellipse, fillcolor="#ffffff", color="#94a3b8", style="filled,dotted")"}}};

const Looks kOutput{"output", R"(shape=ellipse, peripheries=2, fillcolor="#ffffff", color="#2563eb")"};

std::string label(const DotNode& node) {
  if (node.leaf != Leaf::none) return str_cat("<", escaped(node.name), ">");
  return str_cat("<<b>", escaped(node.name), "</b>", node.text.empty() ? "" : "<br/>", escaped(node.text), ">");
}

class Writer {
 public:
  Writer(const std::vector<DotNode>& nodes, const std::map<std::string, DotNode::Edge>& outputs)
      : nodes_(nodes), outputs_(outputs) {
    for (const DotNode& n : nodes_)
      for (const DotNode::Edge& e : n.in) {
        if (!crosses(e, n)) said_.insert({e.node, e.index});
        (e.repeated ? repeated_ : drawn_).insert(e.node);
      }
    for (const auto& [name, e] : outputs_) drawn_.insert(e.node);
  }

  std::string text(const std::string& title) {
    text_ = kHead;
    if (!title.empty()) line("label=\"", title, "\"; labelloc=t; fontsize=12");
    for (std::size_t n = 0; n < nodes_.size(); ++n) node(n);
    for (std::size_t n = 0; n < nodes_.size(); ++n)
      for (const DotNode::Edge& e : nodes_[n].in) edge(e, n);
    std::size_t i = 0;
    for (const auto& [name, e] : outputs_) output(i++, name, e);
    legend();
    return text_ + "}\n";
  }

 private:
  template <class... Parts>
  void line(const Parts&... parts) {
    text_ += str_cat("  ", parts..., "\n");
  }

  static const Looks& looks(const DotNode& n) { return n.leaf == Leaf::none ? kRoles.at(n.role) : kLeaves.at(n.leaf); }

  /// From the forward side to the other one.
  bool crosses(const DotNode::Edge& e, const DotNode& to) const {
    return nodes_[e.node].role == Role::forward && to.role != Role::forward;
  }

  void node(std::size_t n) {
    if (repeated_.contains(n) && !drawn_.contains(n)) return;
    line("n", n, " [label=", label(nodes_[n]), ", ", looks(nodes_[n]).attributes, "]");
  }

  /// What is not forward is laid out upside down, so that the gradients of a layer stand next to the layer.
  void edge(const DotNode::Edge& e, std::size_t to) {
    const DotNode& from = nodes_[e.node];
    const std::string shape = str_cat("label=\"", escaped(e.label), "\"");
    const bool is_spine = from.leaf == Leaf::none;
    if (e.repeated) {
      line("n", e.node, "_", to, " [label=", label(from), ", ", looks(from).attributes, "]");
      line("n", to, " -> n", e.node, "_", to, " [dir=back]");
    } else if (crosses(e, nodes_[to])) {
      const bool said = said_.contains({e.node, e.index});
      line("n", e.node, " -> n", to, " [minlen=0, style=dashed", said ? "" : ", " + shape, "]");
    } else if (nodes_[to].role == Role::forward) {
      line("n", e.node, " -> n", to, " [", shape, is_spine ? ", weight=8]" : "]");
    } else {
      line("n", to, " -> n", e.node, " [dir=back, ", shape, is_spine ? ", weight=4]" : "]");
    }
  }

  void output(std::size_t i, const std::string& name, const DotNode::Edge& e) {
    line("out", i, " [label=<", escaped(name), ">, ", kOutput.attributes, "]");
    line("n", e.node, " -> out", i, " [label=\"", escaped(e.label), "\"]");
  }

  void legend() {
    std::set<Role> roles;
    std::set<Leaf> leaves;
    for (const DotNode& n : nodes_) n.leaf == Leaf::none ? void(roles.insert(n.role)) : void(leaves.insert(n.leaf));
    std::vector<Looks> entries;
    for (Leaf leaf : leaves) entries.push_back(kLeaves.at(leaf));
    for (Role role : roles) entries.push_back(kRoles.at(role));
    if (!outputs_.empty()) entries.push_back(kOutput);
    line("subgraph cluster_legend {");
    line("  label=\"legend\"; fontsize=10; color=\"#cbd5e1\"");
    for (std::size_t i = 0; i < entries.size(); ++i) {
      line("  legend", i, " [label=\"", entries[i].name, "\", ", entries[i].attributes, "]");
      if (i > 0) line("  legend", i - 1, " -> legend", i, " [style=invis]");
    }
    line("}");
  }

  const std::vector<DotNode>& nodes_;
  const std::map<std::string, DotNode::Edge>& outputs_;
  std::string text_;
  std::set<std::size_t> drawn_, repeated_;
  std::set<std::pair<std::size_t, std::size_t>> said_;  // values whose shape an edge on their own side says
};

}  // namespace

std::string to_dot(const std::vector<DotNode>& nodes, const std::map<std::string, DotNode::Edge>& outputs,
                   const std::string& title) {
  return Writer(nodes, outputs).text(title);
}

DotNode dot_node(const std::string& name, Role role, const Op& op) {
  const std::string kind = op.kind(), details = op.details();
  DotNode node{name, kind, role, Leaf::none, {}};
  if (name.ends_with("." + kind))
    node.name.resize(name.size() - kind.size() - 1);
  else if (name.starts_with(kind))
    node.text.clear();
  if (!details.empty()) node.text += (node.text.empty() ? "" : " ") + details;
  return node;
}

std::string to_dot(const Graph& graph) {
  std::vector<DotNode> nodes;
  auto edge = [&](const Value& v) { return DotNode::Edge{v.node, v.index, to_string(graph.node(v).out.at(v.index))}; };
  for (std::size_t n = 0; n < graph.size(); ++n) {
    const Node& node = graph.node(n);
    nodes.push_back(node.op ? dot_node(node.name, node.role, *node.op)
                            : DotNode{node.name, "", node.role, node.leaf, {}});
    for (const Value& v : node.in) {
      nodes.back().in.push_back(edge(v));
      // A learning rate next to each update, instead of lines from one place to all of them.
      nodes.back().in.back().repeated =
          node.role == Role::update && graph.node(v).leaf == Leaf::input && elements(v.shape()) == 1;
    }
  }
  std::map<std::string, DotNode::Edge> outputs;
  for (const auto& [name, v] : graph.outputs()) outputs.emplace(name, edge(v));
  return to_dot(nodes, outputs);
}

}  // namespace backflow
