// Computing on constants while an ONNX file becomes a graph: the chains of Shape, Gather, Concat, … that feed a
// Reshape. Internal to runtime/models/.
#pragma once

#include <optional>
#include <set>
#include <string>

#include <backflow/runtime/models/onnx/onnx_file.h>

namespace backflow::models {

/// The op types that fold_onnx can compute.
const std::set<std::string>& foldable_onnx_ops();

/// The result of a node whose inputs are all constants (null: left out); nothing if it cannot be computed here.
/// Throws an Error if the node makes no sense.
std::optional<OnnxTensor> fold_onnx(const OnnxNode& node, std::int64_t opset, const std::vector<const OnnxTensor*>& in);

/// The shape as which input 1, of shape `b`, is combined with input 0, of shape `a`: up to opset 6 the attribute `axis`
/// can say where its axes belong, afterwards they are the last ones. Throws an Error if they do not fit.
Shape onnx_operand_shape(const OnnxNode& node, std::int64_t opset, const Shape& a, const Shape& b);

/// `shape` with ONNX's 0 (as the input has it) and −1 (what remains) put in. Throws an Error if the elements differ.
Shape resolve_onnx_shape(const OnnxNode& node, const std::vector<std::int64_t>& shape, const Shape& input);

}  // namespace backflow::models
