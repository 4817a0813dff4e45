// What computing on the constants of an ONNX file has in common, and the ops that only move elements. Internal to
// runtime/models/.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <backflow/graph/error.h>
#include <backflow/runtime/models/onnx/onnx_constants.h>

namespace backflow::models::onnx_folding {

constexpr std::int64_t kMaxFolded = 1 << 24;  // elements of a result

using Inputs = std::vector<const OnnxTensor*>;
using Fold = std::function<OnnxTensor(const OnnxNode&, const Inputs&)>;

inline const OnnxTensor& input(const OnnxNode& node, const Inputs& in, std::size_t i) {
  require(i < in.size() && in[i] != nullptr, node.where(), " needs input ", i);
  return *in[i];
}

inline const std::vector<std::int64_t>& integers(const OnnxNode& node, const Inputs& in, std::size_t i) {
  const OnnxTensor& t = input(node, in, i);
  require(t.is_integer(), node.where(), " input ", i, " needs to be integers");
  return t.integers;
}

inline std::int64_t count_of(const OnnxTensor& t) {
  return static_cast<std::int64_t>(t.is_integer() ? t.integers.size() : t.floats->size());
}

/// New elements by their index in the old ones.
template <class Index>
OnnxTensor picked(const OnnxTensor& from, Shape shape, const Index& index) {
  const auto n = static_cast<std::size_t>(elements(shape));
  if (from.is_integer()) {
    OnnxTensor result{std::move(shape), nullptr, {}, from.type};
    for (std::size_t i = 0; i < n; ++i) result.integers.push_back(from.integers.at(index(i)));
    return result;
  }
  std::vector<float> values;
  for (std::size_t i = 0; i < n; ++i) values.push_back(from.floats->at(index(i)));
  return onnx_floats(std::move(shape), std::move(values));
}

/// Throws an Error if a constant of this shape would have a negative length or too many elements.
inline void check_folded(const OnnxNode& node, const Shape& shape) {
  const bool sensible = std::none_of(shape.begin(), shape.end(), [](auto d) { return d < 0; });
  require(shape.size() <= kMaxAxes && sensible && elements(shape) <= kMaxFolded, node.where(),
          " asks for the impossible shape ", to_string(shape), "; a constant has at most 2^24 elements");
}
/// The shape that NumPy's broadcasting makes of two.
Shape broadcast(const OnnxNode& node, const Shape& a, const Shape& b);
/// `t` repeated to a shape to which it broadcasts.
OnnxTensor repeated(const OnnxTensor& t, const Shape& shape);

/// Elements of one axis that a slice takes.
struct OnnxRange {
  std::int64_t begin, step, count;
};
/// ONNX's rule: negative places count from the end, and those outside are cut to the ends.
OnnxRange onnx_range(const OnnxNode& node, std::int64_t length, std::int64_t start, std::int64_t end,
                     std::int64_t step);

/// Those that only move elements: Unsqueeze, Squeeze, Reshape, Gather, Concat, Slice, Transpose, Expand, Tile, …
const std::map<std::string, Fold>& rearrangements();
/// Sums, products and comparisons.
const std::map<std::string, Fold>& arithmetics();

}  // namespace backflow::models::onnx_folding
