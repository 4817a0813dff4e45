// Each ONNX op as ops of ours. Internal to runtime/models/.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <backflow/graph/graph.h>
#include <backflow/ops/scatter_elements.h>
#include <backflow/runtime/models/onnx/onnx_file.h>

namespace backflow::models {

constexpr std::int64_t kExactIntegers = 1 << 24;  // f32 has all whole numbers up to here

/// A value of an ONNX graph while ours is built: computed when the graph runs, or known already.
struct OnnxValue {
  Value value;  // empty if it is a constant
  std::optional<OnnxTensor> constant;
  std::string weight;                   // name of the initializer that it is; empty if it is none
  OnnxType type = OnnxType::undefined;  // of the file's elements; ours are f32

  const Shape& shape() const { return constant ? constant->shape : value.shape(); }
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
  std::int64_t samples = 1;  // in the batch, where the file is for one

  bool has(std::size_t i) const { return i < in_.size() && in_[i] != nullptr; }
  bool is_constant(std::size_t i) const { return has(i) && in_[i]->constant.has_value(); }
  std::size_t inputs() const { return in_.size(); }
  OnnxType type(std::size_t i) const { return has(i) ? in_[i]->type : OnnxType::undefined; }
  /// Throws an Error unless input `i` is a constant.
  const OnnxTensor& constant(std::size_t i) const;
  /// Input `i` in the graph; weights become parameters or, if wanted, states, other constants become constants. Whole
  /// numbers become floats.
  Value value(std::size_t i, Leaf weight = Leaf::parameter) const;

  /// A constant of one number in the graph, called after the node and `what`.
  Value scalar(const std::string& what, float number) const;

  // What many ops ask for. Each throws an Error that names the node.

  /// A constant of one float: an input (newer files) or an attribute.
  float number(std::size_t i, const char* attribute, float fallback) const;
  /// A list of integers: an attribute (older files) or an input; empty if it is left out.
  std::vector<std::int64_t> list(const char* attribute, std::size_t i) const;
  /// Axes counted from the front.
  std::vector<std::int64_t> axes(std::vector<std::int64_t> axes, std::int64_t rank) const;
  std::int64_t axis(std::int64_t fallback, std::int64_t rank) const;

 private:
  std::vector<const OnnxValue*> in_;
};

/// The constant `t` in the graph, under this name, or one with a number where that is taken; whole numbers become
/// floats. Throws an Error if they are too large.
Value onnx_constant(Graph& graph, const std::string& name, const OnnxTensor& t);

/// Appends a node; its outputs in their order. Those that are not supported are left out at the end.
using OnnxOp = std::function<std::vector<OnnxValue>(const OnnxCall&)>;
using OnnxTable = std::map<std::string, OnnxOp>;

/// With one output, of the type of the first input or of another.
OnnxOp onnx_op(std::function<Value(const OnnxCall&)> f, OnnxType type = OnnxType::undefined);
/// The attribute of Scatter… nodes.
ScatterReduction scatter_reduction(const OnnxNode& node);
inline std::int64_t rank_of(Value x) { return static_cast<std::int64_t>(x.shape().size()); }

/// All of them.
const OnnxTable& onnx_ops();

// By what they do.
OnnxTable onnx_activations();
OnnxTable onnx_arithmetic();
OnnxTable onnx_einsum();
OnnxTable onnx_grid_sample();
OnnxTable onnx_legacy();
OnnxTable onnx_losses();
OnnxTable onnx_norms();
OnnxTable onnx_places();
OnnxTable onnx_products();
OnnxTable onnx_quantization();
OnnxTable onnx_reductions();
OnnxTable onnx_resizing();
OnnxTable onnx_selections();
OnnxTable onnx_shapes();
OnnxTable onnx_windows();

}  // namespace backflow::models
