// One node of ours on its way into an ONNX file. Internal to runtime/models/.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include <backflow/graph/graph.h>
#include <backflow/runtime/models/onnx/onnx_file.h>

namespace backflow::models {

/// What an ONNX node reads: a value by its name, empty if it is left out, or a constant.
using OnnxOperand = std::variant<std::string, OnnxTensor>;
using OnnxAttributes = std::map<std::string, OnnxNode::Attribute>;

struct OnnxExportCall {
  const Graph& graph;
  const Node& node;
  std::int64_t opset;
  std::int64_t batch;                         // samples, where the first axis is open; else 0
  std::vector<OnnxOperand> in;                // of `node`
  std::vector<bool> open;                     // whether the first axis of each is
  OpOptions options;                          // of the op
  std::function<OnnxOperand(Value)> operand;  // of any value before the node

  std::vector<OnnxNode> made = {};  // so far; the last one gives the node's value
  bool keeps_open = true;           // the result's first axis is open where that of an input is

  const Shape& x(std::size_t i = 0) const { return graph.node(node.in.at(i)).out.at(node.in[i].index).shape; }
  const Shape& y() const { return node.out[0].shape; }
  double number(const std::string& option) const { return options.at(option).at(0); }
  std::vector<std::int64_t> integers(const std::string& option) const;

  /// A node before the last; returns its value.
  OnnxOperand step(const std::string& suffix, const std::string& op, std::vector<OnnxOperand> operands,
                   OnnxAttributes attributes = {});
  /// The last node; with the name and the value of ours.
  void result(const std::string& op, std::vector<OnnxOperand> operands, OnnxAttributes attributes = {});
  /// "node 'conv1' (conv2d)"
  std::string where() const;
};

/// Appends the nodes.
using OnnxExport = std::function<void(OnnxExportCall&)>;

/// By Op::kind().
const std::map<std::string, OnnxExport>& onnx_exports();

// By what they do.
std::map<std::string, OnnxExport> onnx_exports_of_activations();
std::map<std::string, OnnxExport> onnx_exports_of_layers();
std::map<std::string, OnnxExport> onnx_exports_of_shapes();

/// Nodes with the ops' own names: one to one.
OnnxExport onnx_renamed(const std::string& op);
inline OnnxTensor onnx_number(double v) { return onnx_floats({}, {static_cast<float>(v)}); }

}  // namespace backflow::models
