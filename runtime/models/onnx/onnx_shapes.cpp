#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/ops/broadcast_to.h>
#include <backflow/ops/concat.h>
#include <backflow/ops/depth_to_space.h>
#include <backflow/ops/index_select.h>
#include <backflow/ops/logical.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/transpose.h>
#include <backflow/ops/trunc.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/onnx/onnx_folding.h>
#include <backflow/runtime/models/onnx/onnx_ops.h>
#include <backflow/runtime/models/onnx/onnx_pad.h>

namespace backflow::models {
namespace {

Value concat_op(const OnnxCall& c) {
  std::vector<Value> values;
  for (std::size_t i = 0; i < c.inputs(); ++i) values.push_back(c.value(i));
  return concat(values, {.axis = c.axis(1, rank_of(values.at(0))), .name = c.name});
}

Value flatten_op(const OnnxCall& c) {
  const Value x = c.value(0);
  const std::int64_t rank = rank_of(x), axis = c.node.integer("axis", 1);
  require(axis >= -rank && axis <= rank, c.node.where(), " has no axis ", axis);
  const auto cut = x.shape().begin() + (axis < 0 ? axis + rank : axis);
  return reshape(x, {elements({x.shape().begin(), cut}), elements({cut, x.shape().end()})}, c.name);
}

/// A batch of one that the file has frozen stands for each sample.
Value reshape_op(const OnnxCall& c) {
  const Value x = c.value(0);
  auto wanted = c.list("shape", 1);
  const bool is_frozen =
      c.samples > 1 && !wanted.empty() && wanted[0] == 1 && !x.shape().empty() && x.shape()[0] == c.samples;
  if (is_frozen) wanted[0] = c.samples;
  return reshape(x, resolve_onnx_shape(c.node, wanted, x.shape()), c.name);
}

/// Squeeze and Unsqueeze.
Value drop_axes(const OnnxCall& c) {
  const Value x = c.value(0);
  const auto axes = c.axes(c.list("axes", 1), rank_of(x));
  Shape shape;
  for (std::int64_t a = 0; a < rank_of(x); ++a) {
    const std::int64_t length = x.shape()[static_cast<std::size_t>(a)];
    const bool dropped = axes.empty() ? length == 1 : std::find(axes.begin(), axes.end(), a) != axes.end();
    if (!dropped) shape.push_back(length);
  }
  return reshape(x, shape, c.name);
}

Value add_axes(const OnnxCall& c) {
  const Value x = c.value(0);
  auto axes = c.list("axes", 1);
  axes = c.axes(axes, rank_of(x) + static_cast<std::int64_t>(axes.size()));
  std::sort(axes.begin(), axes.end());
  Shape shape = x.shape();
  for (auto a : axes)
    shape.insert(shape.begin() + std::min<std::int64_t>(a, static_cast<std::int64_t>(shape.size())), 1);
  return reshape(x, shape, c.name);
}

/// Two that undo each other are none. What comes from channels last is images.
Value transposed(Value x, std::vector<std::int64_t> order, const std::string& name) {
  const Node& before = x.graph->node(x);
  const auto first = before.op ? before.op->traits().permutes : std::vector<std::size_t>();
  bool undoes = !first.empty() && first.size() == order.size();
  for (std::size_t a = 0; undoes && a < order.size(); ++a) undoes = first[static_cast<std::size_t>(order[a])] == a;
  if (undoes) return before.in[0];
  const Value y = transpose(x, {order, name});
  if (order == std::vector<std::int64_t>{0, 3, 1, 2}) x.graph->mark_image(y);
  return y;
}

Value transpose_op(const OnnxCall& c) {
  const Value x = c.value(0);
  auto order = c.node.integers("perm");
  for (std::int64_t a = rank_of(x); a > 0 && !c.node.has("perm"); --a) order.push_back(a - 1);
  require(static_cast<std::int64_t>(order.size()) == rank_of(x), c.node.where(), " needs an order of ", rank_of(x),
          " axes, got ", to_string(order));
  order = c.axes(order, rank_of(x));
  auto sorted = order;
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t a = 0; a < sorted.size(); ++a)
    require(sorted[a] == static_cast<std::int64_t>(a), c.node.where(), " needs a permutation, got ", to_string(order));
  return transposed(x, order, c.name);
}

Value expand_op(const OnnxCall& c) {
  const Value x = c.value(0);
  const Shape wanted = c.list("shape", 1);
  for (auto n : wanted) require(n > 0 && n <= kMaxElements, c.node.where(), " asks for shape ", to_string(wanted));
  return broadcast_to(x, onnx_folding::broadcast(c.node, x.shape(), wanted), c.name);
}

/// What is too large to be a constant.
Value constant_of_shape_op(const OnnxCall& c) {
  const Shape wanted = c.list("shape", 0);
  OnnxTensor value = onnx_floats({}, {0});
  if (const auto given = c.node.attributes.find("value"); given != c.node.attributes.end())
    value = std::get<OnnxTensor>(given->second);
  require(elements(value.shape) == 1, c.node.where(), " needs one value");
  value.shape = {};
  return broadcast_to(onnx_constant(c.graph, c.name + ".value", value), wanted, c.name);
}

Value tile_op(const OnnxCall& c) {
  Value y = c.value(0);
  const auto times = c.list("repeats", 1);
  require(times.size() == y.shape().size(), c.node.where(), " needs a number for each axis of ", to_string(y.shape()));
  for (std::size_t a = 0; a < times.size(); ++a) {
    const std::int64_t length = y.shape()[a];
    require(times[a] > 0 && times[a] <= kMaxElements / length, c.node.where(), " repeats ", times[a], " times");
    if (times[a] == 1) continue;
    std::vector<std::int64_t> indices(static_cast<std::size_t>(length * times[a]));
    for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = static_cast<std::int64_t>(i) % length;
    y = index_select(y, {.axis = static_cast<std::int64_t>(a), .indices = indices, .name = c.name});
  }
  return y;
}

DepthToSpaceOptions block_of(const OnnxCall& c) {
  const std::int64_t b = c.node.integer("blocksize", 0);
  const std::string mode = c.node.text("mode", "DCR");
  require(b > 0 && b <= kMaxExtent, c.node.where(), " has blocksize ", b);
  require(mode == "DCR" || mode == "CRD", c.node.where(), " has mode '", files::printable(mode),
          "', expected DCR or CRD");
  return {.block = b, .order = mode == "DCR" ? BlockOrder::dcr : BlockOrder::crd, .name = c.name};
}

/// Between floats nothing changes; a whole number is cut towards zero.
std::vector<OnnxValue> cast_to(const OnnxCall& c, OnnxType to) {
  Value x = c.value(0);
  require(is_real(to) || is_integer(to) || to == OnnxType::boolean, c.node.where(), " casts to ", to_string(to),
          ", which is not supported");
  if (to == OnnxType::boolean && c.type(0) != to) x = logical_not(logical_not(x), c.name);
  if (is_integer(to) && is_real(c.type(0))) x = trunc(x, c.name);
  return {{x, {}, "", to}};
}

/// Only training drops anything, and not at a ratio of 0; the mask is all ones.
std::vector<OnnxValue> dropout_op(const OnnxCall& c) {
  const bool drops = !c.is_constant(1) || c.number(1, "ratio", 0.5F) != 0;
  const bool trains =
      drops && c.has(2) && c.constant(2).is_integer() && c.constant(2).integers != std::vector<std::int64_t>{0};
  require(!trains, c.node.where(), " is in training mode; export for evaluation");
  std::vector<OnnxValue> results{{c.value(0), {}, "", c.type(0)}};
  if (c.node.out.size() == 1) return results;
  const Shape& shape = c.value(0).shape();
  const OnnxTensor one{{}, nullptr, {1}, OnnxType::boolean};
  results.push_back({broadcast_to(onnx_constant(c.graph, c.name + ".mask", one), shape), {}, "", OnnxType::boolean});
  return results;
}

}  // namespace

OnnxTable onnx_shapes() {
  constexpr auto as_first = [](const OnnxCall& c) { return c.value(0); };
  return {
      {"Cast", [](const OnnxCall& c) { return cast_to(c, static_cast<OnnxType>(c.node.integer("to", 1))); }},
      {"CastLike", [](const OnnxCall& c) { return cast_to(c, c.type(1)); }},
      {"Concat", onnx_op(concat_op)},
      {"ConstantOfShape", onnx_op(constant_of_shape_op, OnnxType::float32)},
      {"DepthToSpace", onnx_op([](const OnnxCall& c) { return depth_to_space(c.value(0), block_of(c)); })},
      {"Dropout", dropout_op},
      {"Expand", onnx_op(expand_op)},
      {"Flatten", onnx_op(flatten_op)},
      {"Identity", onnx_op(as_first)},
      {"Pad", onnx_op(onnx_pad)},
      {"Reshape", onnx_op(reshape_op)},
      {"SpaceToDepth", onnx_op([](const OnnxCall& c) { return space_to_depth(c.value(0), block_of(c)); })},
      {"Squeeze", onnx_op(drop_axes)},
      {"Tile", onnx_op(tile_op)},
      {"Transpose", onnx_op(transpose_op)},
      {"Unsqueeze", onnx_op(add_axes)},
  };
}

}  // namespace backflow::models
