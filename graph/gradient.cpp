#include <backflow/graph/gradient.h>

#include <algorithm>
#include <map>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient_rule.h>
#include <backflow/graph/printable.h>
#include <backflow/graph/sum.h>

namespace backflow {
namespace {

/// Nodes whose outputs depend on one of `wrt`.
std::vector<bool> reached_from(const Graph& g, const std::vector<Value>& wrt) {
  std::vector<bool> reached(g.size());
  for (const Value& v : wrt) reached[v.node] = true;
  for (std::size_t n = 0; n < g.size(); ++n)
    for (const Value& v : g.node(n).in) reached[n] = reached[n] || reached[v.node];
  return reached;
}

class Reverse {
 public:
  Reverse(Graph& graph, const std::vector<Value>& wrt, const GradientRule& rule, const GradientSum& sum)
      : graph_(graph), reached_(reached_from(graph, wrt)), rule_(rule), sum_(sum) {}

  void add(const Value& output, const Value& gradient) { addends_[output].push_back({output.node, gradient}); }

  void run(std::size_t from) {
    for (std::size_t n = from + 1; n-- > 0;)
      if (reached_[n] && graph_.node(n).op) visit(n);
  }

  /// The gradient of a value, its addends summed by a node where there are several.
  Value total(const Value& v) {
    auto found = addends_.find(v);
    if (found == addends_.end()) return {};
    if (found->second.size() > 1) {
      RoleScope scope(graph_, Role::backward, graph_.node(v).name + ".gradient");
      found->second = {{v.node, sum_ ? sum_(found->second) : left_to_right(found->second)}};
    }
    return found->second.front().gradient;
  }

 private:
  static Value left_to_right(const std::vector<GradientAddend>& addends) {
    std::vector<Value> values;
    for (const GradientAddend& a : addends) values.push_back(a.gradient);
    return sum(values);
  }

  void visit(std::size_t n) {
    std::vector<Value> grad_outputs;
    bool any = false;
    for (std::size_t i = 0; i < graph_.node(n).out.size(); ++i) {
      grad_outputs.push_back(total({&graph_, n, i}));
      any = any || grad_outputs.back();
    }
    if (!any) return;
    std::vector<bool> wanted;
    for (const Value& v : graph_.node(n).in) wanted.push_back(reached_[v.node]);
    if (std::find(wanted.begin(), wanted.end(), true) == wanted.end()) return;  // differentiated by, and no further
    RoleScope scope(graph_, Role::backward, graph_.node(n).name);
    Backward b(graph_, n, std::move(grad_outputs), wanted);
    const auto op = graph_.node(n).op;
    op->gradient(b);
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (wanted[i] && b.gradients()[i]) addends_[graph_.node(n).in[i]].push_back({n, ruled(n, b.gradients()[i])});
  }

  Value ruled(std::size_t n, Value gradient) {
    if (!rule_) return gradient;
    const Node node = graph_.node(n);  // a copy: the rule appends nodes
    const Value result = rule_(node, gradient);
    require(result.shape() == gradient.shape(), "[gradient] ", printable(node.name),
            ": the rule gave a gradient of shape ", to_string(result.shape()), ", expected ",
            to_string(gradient.shape()));
    return result;
  }

  Graph& graph_;
  std::vector<bool> reached_;
  const GradientRule& rule_;
  const GradientSum& sum_;
  std::map<Value, std::vector<GradientAddend>> addends_;
};

}  // namespace

Backward::Backward(Graph& graph, std::size_t node, std::vector<Value> grad_outputs, std::vector<bool> wanted)
    : graph_(graph),
      node_(node),
      grad_outputs_(std::move(grad_outputs)),
      wanted_(std::move(wanted)),
      gradients_(graph.node(node).in.size()) {}

Value Backward::add(std::shared_ptr<const Op> op, std::vector<Value> in) {
  return graph_.add(std::move(op), std::move(in)).at(0);
}

void Backward::set(std::size_t i, Value gradient) {
  require(gradient.shape() == input(i).shape(), "[", printable(graph_.node(node_).name), "] gradient of input ", i,
          " has shape ", to_string(gradient.shape()), ", the input has ", to_string(input(i).shape()));
  if (input(i).spec().image) graph_.mark_image(gradient);
  gradients_.at(i) = gradient;
}

void Backward::refuse(std::size_t i) const {
  const Node& n = graph_.node(node_);
  require(!wants(i), "[", n.op->kind(), "] has no gradient by its input ", i, " ('",
          printable(graph_.node(n.in[i]).name), "')");
}

std::vector<Value> gradient(const std::vector<Value>& outputs, const std::vector<Value>& wrt,
                            const std::vector<Value>& grad_outputs) {
  return gradient(outputs, wrt, grad_outputs, nullptr);
}

std::vector<Value> gradient(const std::vector<Value>& outputs, const std::vector<Value>& wrt,
                            const std::vector<Value>& grad_outputs, const GradientRule& rule, const GradientSum& sum) {
  require(!outputs.empty() && !wrt.empty(), "[gradient] needs at least one output and one value to differentiate by");
  require(grad_outputs.empty() || grad_outputs.size() == outputs.size(), "[gradient] got ", grad_outputs.size(),
          " grad_outputs for ", outputs.size(), " outputs");
  for (const auto* values : {&outputs, &wrt, &grad_outputs})
    for (const Value& v : *values)
      require(v.graph && v.graph == outputs[0].graph, "[gradient] a value belongs to no graph or to another one");
  Graph& g = *outputs[0].graph;
  Reverse reverse(g, wrt, rule, sum);
  std::size_t last = 0;
  RoleScope scope(g, Role::backward);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    require(grad_outputs.empty() || grad_outputs[i].shape() == outputs[i].shape(), "[gradient] grad_output ", i,
            " does not have shape ", to_string(outputs[i].shape()));
    reverse.add(outputs[i],
                grad_outputs.empty() ? g.constant("grad_output", outputs[i].spec(), filled(1)) : grad_outputs[i]);
    last = std::max(last, outputs[i].node);
  }
  reverse.run(last);
  std::vector<Value> result;
  for (const Value& v : wrt) {
    Value total = reverse.total(v);
    result.push_back(total ? total : g.constant(g.node(v).name + ".no_gradient", v.spec(), zeros()));
  }
  return result;
}

Value gradient(Value output, Value wrt) { return gradient(std::vector{output}, std::vector{wrt}).front(); }

}  // namespace backflow
