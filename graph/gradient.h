// Reverse-mode differentiation: backward is more graph.
#pragma once

#include <vector>

#include <backflow/graph/graph.h>

namespace backflow {

/// What an op's gradient rule sees: its values, the gradients of its outputs, and where those of its inputs go.
class Backward {
 public:
  Backward(Graph& graph, std::size_t node, std::vector<Value> grad_outputs, std::vector<bool> wanted);

  Value input(std::size_t i) const { return graph_.node(node_).in.at(i); }
  Value output(std::size_t i) const { return {&graph_, node_, i}; }
  /// Gradient of output `i`; empty if the result does not depend on it.
  Value grad_output(std::size_t i = 0) const { return grad_outputs_.at(i); }
  /// Whether anybody needs the gradient of input `i`.
  bool wants(std::size_t i) const { return wanted_.at(i); }
  /// Appends a node with one output.
  Value add(std::shared_ptr<const Op> op, std::vector<Value> in);
  /// The gradient of input `i`.
  void set(std::size_t i, Value gradient);
  /// Throws an Error if anybody needs the gradient of input `i`, which the op does not have.
  void refuse(std::size_t i) const;

  Graph& graph() const { return graph_; }
  const std::vector<Value>& gradients() const { return gradients_; }

 private:
  Graph& graph_;
  std::size_t node_;
  std::vector<Value> grad_outputs_;
  std::vector<bool> wanted_;
  std::vector<Value> gradients_;
};

/// Appends the nodes that compute d(Σ outputs · grad_outputs) / d(wrt) and returns those values, one for each of `wrt`,
/// each with its shape. Without grad_outputs they are ones. A value on which no output depends gets zeros. Nothing is
/// computed that no entry of `wrt` needs: leave the image out and the first layer has no data gradient.
std::vector<Value> gradient(const std::vector<Value>& outputs, const std::vector<Value>& wrt,
                            const std::vector<Value>& grad_outputs = {});
Value gradient(Value output, Value wrt);

}  // namespace backflow
