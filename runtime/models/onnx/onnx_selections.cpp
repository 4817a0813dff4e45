#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/ops/compare.h>
#include <backflow/ops/gather.h>
#include <backflow/ops/gather_elements.h>
#include <backflow/ops/index_select.h>
#include <backflow/ops/logical.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/slice.h>
#include <backflow/ops/where.h>
#include <backflow/runtime/models/onnx/onnx_folding.h>
#include <backflow/runtime/models/onnx/onnx_ops.h>

namespace backflow::models {
namespace {

Value slice_op(const OnnxCall& c) {
  Value y = c.value(0);
  const auto starts = c.list("starts", 1), ends = c.list("ends", 2), steps = c.list("steps", 4);
  auto axes = c.list("axes", 3);
  for (std::size_t i = 0; axes.size() < starts.size() && i < starts.size(); ++i)
    axes.push_back(static_cast<std::int64_t>(i));
  require(
      ends.size() == starts.size() && axes.size() == starts.size() && (steps.empty() || steps.size() == starts.size()),
      c.node.where(), " needs as many ends, axes and steps as starts");
  axes = c.axes(axes, rank_of(y));
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::int64_t length = y.shape()[static_cast<std::size_t>(axes[i])];
    const auto r = onnx_folding::onnx_range(c.node, length, starts[i], ends[i], steps.empty() ? 1 : steps[i]);
    require(r.count > 0, c.node.where(), " leaves nothing of axis ", axes[i], " of ", to_string(y.shape()));
    if (r.count == length && r.step == 1) continue;
    if (r.step == 1) {
      y = slice(y, {axes[i], r.begin, r.count, c.name});
      continue;
    }
    std::vector<std::int64_t> indices;
    for (std::int64_t k = 0; k < r.count; ++k) indices.push_back(r.begin + k * r.step);
    y = index_select(y, {.axis = axes[i], .indices = indices, .name = c.name});
  }
  return y;
}

/// Lengths as the node says them, or equal ones, of which the last may be shorter.
std::vector<OnnxValue> split_op(const OnnxCall& c) {
  const Value x = c.value(0);
  const std::int64_t axis = c.axis(0, rank_of(x)), length = x.shape()[static_cast<std::size_t>(axis)];
  auto parts = c.list("split", 1);
  if (parts.empty()) {
    const auto count = c.node.integer("num_outputs", static_cast<std::int64_t>(c.node.out.size()));
    require(count > 0 && count <= length, c.node.where(), " cannot cut ", length, " elements into ", count);
    const std::int64_t each = (length + count - 1) / count;
    for (std::int64_t at = 0; at < length; at += each) parts.push_back(std::min(each, length - at));
  }
  std::vector<OnnxValue> results;
  std::int64_t begin = 0;
  for (const std::int64_t part : parts) {
    require(part > 0 && part <= length - begin, c.node.where(), " cannot cut ", length, " elements into ",
            to_string(parts));
    results.push_back({slice(x, {axis, begin, part, c.name}), {}, "", c.type(0)});
    begin += part;
  }
  require(begin == length, c.node.where(), " cannot cut ", length, " elements into ", to_string(parts));
  return results;
}

Value gather_op(const OnnxCall& c) {
  const Value x = c.value(0);
  const std::int64_t axis = c.axis(0, rank_of(x)), length = x.shape()[static_cast<std::size_t>(axis)];
  if (!c.is_constant(1)) return gather(x, c.value(1), {axis, c.name});
  const OnnxTensor& index = c.constant(1);
  require(index.is_integer(), c.node.where(), " input 1 needs to be integers");
  auto indices = index.integers;
  for (auto& i : indices) {
    require(i >= -length && i < length, c.node.where(), " index ", i, " is not in 0 … ", length - 1);
    i = i < 0 ? i + length : i;
  }
  Shape shape = x.shape();
  shape.erase(shape.begin() + axis);
  shape.insert(shape.begin() + axis, index.shape.begin(), index.shape.end());
  const Value y = indices.size() == 1 ? slice(x, {axis, indices[0], 1, c.name})
                                      : index_select(x, {.axis = axis, .indices = indices, .name = c.name});
  return y.shape() == shape ? y : reshape(y, shape);
}

Value scatter_op(const OnnxCall& c) {
  return scatter_elements(
      c.value(0), c.value(1), c.value(2),
      {.axis = c.axis(0, rank_of(c.value(0))), .reduction = scatter_reduction(c.node), .name = c.name});
}

/// The triangle that `upper` and k, the diagonal's number, say; zeros elsewhere, whatever was there.
Value triangle_op(const OnnxCall& c) {
  const Value x = c.value(0);
  const bool upper = c.node.integer("upper", 1) != 0;
  const std::int64_t rank = rank_of(x), k = static_cast<std::int64_t>(c.number(1, "k", 0));
  require(rank >= 2, c.node.where(), " needs matrices, got ", to_string(x.shape()));
  const Shape matrix(x.shape().end() - 2, x.shape().end());
  std::vector<float> mask;
  for (std::int64_t r = 0; r < matrix[0]; ++r)
    for (std::int64_t q = 0; q < matrix[1]; ++q) mask.push_back((upper ? q >= r + k : q <= r + k) ? 1 : 0);
  const Value kept = onnx_constant(c.graph, c.name + ".mask", onnx_floats(matrix, std::move(mask)));
  return where(kept, x, c.scalar("zero", 0), c.name);
}

/// Ones on diagonal k of a matrix as large as the input, whatever that holds.
std::vector<OnnxValue> eye_like_op(const OnnxCall& c) {
  const Shape& s = c.value(0).shape();
  require(s.size() == 2 && elements(s) <= onnx_folding::kMaxFolded, c.node.where(),
          " needs a matrix of at most 2^24 elements, got ", to_string(s));
  const std::int64_t k = std::clamp(c.node.integer("k", 0), -s[0], s[1]);
  std::vector<float> ones(static_cast<std::size_t>(elements(s)));
  for (std::int64_t r = std::max<std::int64_t>(0, -k); r < s[0] && r + k < s[1]; ++r)
    ones[static_cast<std::size_t>(r * s[1] + r + k)] = 1;
  const auto type = static_cast<OnnxType>(c.node.integer("dtype", static_cast<std::int64_t>(c.type(0))));
  return {{onnx_constant(c.graph, c.name, onnx_floats(s, std::move(ones))), {}, "", type}};
}

/// 1 (or what `values` says) at the index, negative ones from the end, along a new axis; all 0 where it lies outside.
std::vector<OnnxValue> one_hot_op(const OnnxCall& c) {
  const Value index = c.value(0), values = c.value(2);
  const auto depth = static_cast<std::int64_t>(c.number(1, "depth", 0));
  require(depth > 0 && depth <= kMaxExtent && elements(values.shape()) == 2, c.node.where(),
          " needs a depth ≥ 1 and two values, got ", depth, " and ", to_string(values.shape()));
  const std::int64_t axis = c.axis(-1, rank_of(index) + 1);
  Shape wide = index.shape(), places(index.shape().size() + 1, 1);
  wide.insert(wide.begin() + axis, 1);
  places[static_cast<std::size_t>(axis)] = depth;
  std::vector<float> numbers(static_cast<std::size_t>(depth)), from_end(numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = static_cast<float>(i);
    from_end[i] = static_cast<float>(i) - static_cast<float>(depth);
  }
  const Value at = reshape(index, wide);
  const Value there =
      logical_or(equal(at, onnx_constant(c.graph, c.name + ".places", onnx_floats(places, numbers))),
                 equal(at, onnx_constant(c.graph, c.name + ".from_end", onnx_floats(places, from_end))));
  const Value flat = reshape(values, {2});
  return {{where(there, slice(flat, {0, 1, 1}), slice(flat, {0, 0, 1}), c.name), {}, "", c.type(2)}};
}

}  // namespace

ScatterReduction scatter_reduction(const OnnxNode& node) {
  const std::string name = node.text("reduction", "none");
  try {
    return value_of<ScatterReduction>("reduction", name);
  } catch (const OptionError& e) {
    fail(node.where(), " has a reduction that ", e.problem());
  }
}

OnnxTable onnx_selections() {
  return {
      {"EyeLike", eye_like_op},
      {"Gather", onnx_op(gather_op)},
      {"GatherElements", onnx_op([](const OnnxCall& c) {
         return gather_elements(c.value(0), c.value(1), {c.axis(0, rank_of(c.value(0))), c.name});
       })},
      {"OneHot", one_hot_op},
      {"Scatter", onnx_op(scatter_op)},
      {"ScatterElements", onnx_op(scatter_op)},
      {"Slice", onnx_op(slice_op)},
      {"Split", split_op},
      {"Trilu", onnx_op(triangle_op)},
  };
}

}  // namespace backflow::models
