// Computing on constants while an ONNX file becomes a graph: the chains of Shape, Gather, Concat, … that feed a
// Reshape. Internal to runtime/models/.
#pragma once

#include <optional>
#include <set>
#include <string>

#include <backflow/runtime/models/onnx/onnx_file.h>

namespace backflow::models {

OnnxTensor onnx_integers(std::vector<std::int64_t> values);
OnnxTensor onnx_floats(Shape shape, std::vector<float> values);

/// The op types that fold_onnx can compute.
const std::set<std::string>& foldable_onnx_ops();

/// The result of a node whose inputs are all constants (null: left out); nothing if it cannot be computed here.
/// Throws an Error if the node makes no sense.
std::optional<OnnxTensor> fold_onnx(const OnnxNode& node, const std::vector<const OnnxTensor*>& in);

/// `shape` with ONNX's 0 (as the input has it) and −1 (what remains) put in. Throws an Error if the elements differ.
Shape resolve_onnx_shape(const OnnxNode& node, const std::vector<std::int64_t>& shape, const Shape& input);

}  // namespace backflow::models
