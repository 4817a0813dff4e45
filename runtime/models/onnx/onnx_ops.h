// Each ONNX op as ops of ours. Internal to runtime/models/.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <backflow/graph/graph.h>
#include <backflow/runtime/models/onnx/onnx_file.h>

namespace backflow::models {

/// A value of an ONNX graph while ours is built: computed when the graph runs, or known already.
struct OnnxValue {
  Value value;  // empty if it is a constant
  std::optional<OnnxTensor> constant;
  std::string weight;  // name of the initializer that it is; empty if it is none
};

/// One node with its inputs.
class OnnxCall {
 public:
  OnnxCall(Graph& g, const OnnxNode& n, std::string graph_name, std::int64_t version, std::vector<const OnnxValue*> in)
      : graph(g), node(n), name(std::move(graph_name)), opset(version), in_(std::move(in)) {}

  Graph& graph;
  const OnnxNode& node;
  std::string name;  // for the graph's node
  std::int64_t opset;

  bool has(std::size_t i) const { return i < in_.size() && in_[i] != nullptr; }
  bool is_constant(std::size_t i) const { return has(i) && in_[i]->constant.has_value(); }
  std::size_t inputs() const { return in_.size(); }
  /// Throws an Error unless input `i` is a constant.
  const OnnxTensor& constant(std::size_t i) const;
  /// Input `i` in the graph; weights become parameters or, if wanted, states, other constants become constants.
  Value value(std::size_t i, Leaf weight = Leaf::parameter) const;

 private:
  std::vector<const OnnxValue*> in_;
};

using OnnxOp = std::function<Value(const OnnxCall&)>;
const std::map<std::string, OnnxOp>& onnx_ops();

}  // namespace backflow::models
