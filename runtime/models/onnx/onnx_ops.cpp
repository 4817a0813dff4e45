#include <backflow/runtime/models/onnx/onnx_ops.h>

#include <algorithm>
#include <numeric>

#include <backflow/graph/error.h>
#include <backflow/ops/add.h>
#include <backflow/ops/batch_norm.h>
#include <backflow/ops/clip.h>
#include <backflow/ops/concat.h>
#include <backflow/ops/divide.h>
#include <backflow/ops/elu.h>
#include <backflow/ops/hardswish.h>
#include <backflow/ops/leaky_relu.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/local_response_norm.h>
#include <backflow/ops/matmul.h>
#include <backflow/ops/mish.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/pad.h>
#include <backflow/ops/reduce_mean.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/relu6.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/sigmoid.h>
#include <backflow/ops/softmax.h>
#include <backflow/ops/subtract.h>
#include <backflow/ops/tanh.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/model.h>
#include <backflow/runtime/models/onnx/onnx_constants.h>
#include <backflow/runtime/models/onnx/onnx_windows.h>

namespace backflow::models {
namespace {

template <class Activation>
OnnxOp activation(Activation f) {
  return [f](const OnnxCall& c) { return f(c.value(0), c.name); };
}

template <class Combination>
OnnxOp combination(Combination f) {
  return [f](const OnnxCall& c) { return f(c.value(0), c.value(1), c.name); };
}

/// A constant of one float: an input (newer files) or an attribute.
float bound(const OnnxCall& c, std::size_t i, const char* attribute, float fallback) {
  if (!c.has(i)) return c.node.number(attribute, fallback);
  const OnnxTensor& t = c.constant(i);
  require(!t.is_integer() && t.floats->size() == 1, c.node.where(), " input ", i, " needs to be one float");
  return (*t.floats)[0];
}

/// A list of integers: an attribute (older files) or an input.
std::vector<std::int64_t> list(const OnnxCall& c, const char* attribute, std::size_t i) {
  if (c.node.has(attribute) || !c.has(i)) return c.node.integers(attribute);
  require(c.constant(i).is_integer(), c.node.where(), " input ", i, " needs to be integers");
  return c.constant(i).integers;
}

/// Axes counted from the front.
std::vector<std::int64_t> axes_of(const OnnxCall& c, std::vector<std::int64_t> axes, std::int64_t rank) {
  for (auto& a : axes) {
    require(a >= -rank && a < rank, c.node.where(), " has no axis ", a);
    a = a < 0 ? a + rank : a;
  }
  return axes;
}

std::int64_t rank_of(Value x) { return static_cast<std::int64_t>(x.shape().size()); }

Value clip_op(const OnnxCall& c) {
  const ClipOptions none;
  const float low = bound(c, 1, "min", none.low), high = bound(c, 2, "max", none.high);
  if (low == 0 && high == 6) return relu6(c.value(0), c.name);  // which the layer before can compute
  return clip(c.value(0), {low, high, c.name});
}

/// y = min(1, max(0, α x + β))
Value hard_sigmoid(const OnnxCall& c) {
  const float beta = c.node.number("beta", 0.5F);
  const Value offset = c.graph.constant(c.name + ".beta", {{1}}, filled(beta));
  return clip(add(scale(c.value(0), c.node.number("alpha", 0.2F)), offset), {0, 1, c.name});
}

Value concat_op(const OnnxCall& c) {
  std::vector<Value> values;
  for (std::size_t i = 0; i < c.inputs(); ++i) values.push_back(c.value(i));
  return concat(values, {.axis = axes_of(c, {c.node.integer("axis", 1)}, rank_of(values.at(0)))[0], .name = c.name});
}

Value sum_op(const OnnxCall& c) {
  Value total = c.value(0);
  for (std::size_t i = 1; i < c.inputs(); ++i) total = add(total, c.value(i), c.name);
  return total;
}

/// y = α op(A) op(B) + β C. Weights [out, in] and a bias [out], the usual case, are a linear layer.
Value gemm(const OnnxCall& c) {
  const float alpha = c.node.number("alpha", 1), beta = c.node.number("beta", 1);
  const bool ta = c.node.integer("transA", 0) != 0, tb = c.node.integer("transB", 0) != 0;
  const Value bias = c.has(2) ? c.value(2) : Value{};
  const bool is_layer = !ta && tb && alpha == 1 && beta == 1;
  if (is_layer && (!bias || bias.shape() == Shape{c.value(1).shape()[0]}))
    return linear(c.value(0), c.value(1), bias, c.name);
  Value y = matmul(c.value(0), c.value(1), {ta, tb, c.name});
  if (alpha != 1) y = scale(y, alpha);
  if (!bias) return y;
  return add(y, beta == 1 ? bias : scale(bias, beta));
}

Value batch_normalization(const OnnxCall& c) {
  require(c.node.integer("training_mode", 0) == 0, c.node.where(), " is in training mode; export for evaluation");
  const BatchNormValues values{c.value(1), c.value(2), c.value(3, Leaf::state), c.value(4, Leaf::state)};
  return batch_norm(c.value(0), values, {.epsilon = c.node.number("epsilon", 1e-5F), .name = c.name});
}

Value flatten_op(const OnnxCall& c) {
  const Value x = c.value(0);
  const std::int64_t rank = rank_of(x), axis = c.node.integer("axis", 1);
  require(axis >= -rank && axis <= rank, c.node.where(), " has no axis ", axis);
  const auto cut = x.shape().begin() + (axis < 0 ? axis + rank : axis);
  return reshape(x, {elements({x.shape().begin(), cut}), elements({cut, x.shape().end()})}, c.name);
}

Value reshape_op(const OnnxCall& c) {
  return reshape(c.value(0), resolve_onnx_shape(c.node, list(c, "shape", 1), c.value(0).shape()), c.name);
}

/// Squeeze and Unsqueeze.
Value drop_axes(const OnnxCall& c) {
  const Value x = c.value(0);
  const auto axes = axes_of(c, list(c, "axes", 1), rank_of(x));
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
  auto axes = list(c, "axes", 1);
  axes = axes_of(c, axes, rank_of(x) + static_cast<std::int64_t>(axes.size()));
  std::sort(axes.begin(), axes.end());
  Shape shape = x.shape();
  for (auto a : axes)
    shape.insert(shape.begin() + std::min<std::int64_t>(a, static_cast<std::int64_t>(shape.size())), 1);
  return reshape(x, shape, c.name);
}

/// Before opset 13 the axes from `axis` on are one.
Value softmax_op(const OnnxCall& c) {
  const Value x = c.value(0);
  const bool coerces = c.opset < 13;
  const std::int64_t axis = axes_of(c, {c.node.integer("axis", coerces ? 1 : -1)}, rank_of(x))[0];
  if (!coerces || axis + 1 == rank_of(x)) return softmax(x, {.axis = static_cast<int>(axis), .name = c.name});
  const auto cut = x.shape().begin() + axis;
  const Value flat = reshape(x, {elements({x.shape().begin(), cut}), elements({cut, x.shape().end()})});
  return reshape(softmax(flat, {.axis = 1, .name = c.name}), x.shape());
}

Value pad_op(const OnnxCall& c) {
  const Value x = c.value(0);
  const auto borders = list(c, "pads", 1);
  const std::string mode = c.node.text("mode", "constant");
  const auto rank = x.shape().size();
  require(borders.size() == 2 * rank && !c.has(3), c.node.where(), " needs a border before and after each axis of ",
          to_string(x.shape()), ", got ", to_string(borders));
  for (auto b : borders) require(b >= -kMaxExtent && b <= kMaxExtent, c.node.where(), " has a border of ", b);
  const Shape before(borders.begin(), borders.begin() + static_cast<std::int64_t>(rank));
  const Shape after(borders.begin() + static_cast<std::int64_t>(rank), borders.end());
  if (mode == "constant") return pad(x, {before, after, bound(c, 2, "value", 0), c.name});
  const bool pictures = rank == 4 && before[0] == 0 && before[1] == 0 && after[0] == 0 && after[1] == 0;
  require(mode == "reflect" && pictures, c.node.where(), " has mode '", files::printable(mode),
          "'; supported are constant, and reflect along height and width");
  return reflect_pad(x, {before[2], after[2], before[3], after[3], c.name});
}

Value lrn(const OnnxCall& c) {
  return local_response_norm(c.value(0), {.size = c.node.integer("size", 0),
                                          .alpha = c.node.number("alpha", 1e-4F),
                                          .beta = c.node.number("beta", 0.75F),
                                          .k = c.node.number("bias", 1),
                                          .name = c.name});
}

Value reduce_mean_op(const OnnxCall& c) {
  const Value x = c.value(0);
  auto axes = axes_of(c, list(c, "axes", 1), rank_of(x));
  if (axes.empty() && c.node.integer("noop_with_empty_axes", 0) != 0) return x;
  if (axes.empty()) {
    axes.resize(x.shape().size());
    std::iota(axes.begin(), axes.end(), std::int64_t{0});
  }
  const bool keep = c.node.integer("keepdims", 1) != 0;
  const Value y = reduce_mean(x, {.axes = axes, .keep = keep, .name = c.name});
  return keep || static_cast<std::int64_t>(axes.size()) < rank_of(x) ? y : reshape(y, {});
}

/// Only training drops anything.
Value dropout_op(const OnnxCall& c) {
  const bool trains = c.has(2) && c.constant(2).is_integer() && c.constant(2).integers != std::vector<std::int64_t>{0};
  require(!trains, c.node.where(), " is in training mode; export for evaluation");
  return c.value(0);
}

Value first_input(const OnnxCall& c) { return c.value(0); }

}  // namespace

const OnnxTensor& OnnxCall::constant(std::size_t i) const {
  require(is_constant(i), node.where(), " needs a constant as input ", i);
  return *in_[i]->constant;
}

Value OnnxCall::value(std::size_t i, Leaf weight) const {
  require(has(i), node.where(), " needs input ", i);
  if (in_[i]->value) return in_[i]->value;
  const OnnxTensor& t = constant(i);
  require(!t.is_integer(), node.where(), " input ", i, " needs to be floats");
  const Spec spec{t.shape};
  const Initializer initial{Initializer::values, 0, 0, t.floats};
  if (in_[i]->weight.empty()) return graph.constant(name + ".constant", spec, initial);
  return shared_leaf(graph, weight, in_[i]->weight, spec, initial);
}

const std::map<std::string, OnnxOp>& onnx_ops() {
  static const std::map<std::string, OnnxOp> table{
      {"Add", combination(add)},
      {"AveragePool", onnx_average_pool},
      {"BatchNormalization", batch_normalization},
      {"Clip", clip_op},
      {"Concat", concat_op},
      {"Conv", onnx_convolution},
      {"Div", combination(divide)},
      {"Dropout", dropout_op},
      {"Elu",
       [](const OnnxCall& c) {
         return elu(c.value(0), {c.node.number("alpha", 1), c.name});
       }},
      {"Flatten", flatten_op},
      {"Gemm", gemm},
      {"GlobalAveragePool", onnx_global_average_pool},
      {"GlobalMaxPool", onnx_global_max_pool},
      {"HardSigmoid", hard_sigmoid},
      {"HardSwish", activation(hardswish)},
      {"Identity", first_input},
      {"LRN", lrn},
      {"LeakyRelu",
       [](const OnnxCall& c) {
         return leaky_relu(c.value(0), {c.node.number("alpha", 0.01F), c.name});
       }},
      {"MatMul", [](const OnnxCall& c) { return matmul(c.value(0), c.value(1), {.name = c.name}); }},
      {"MaxPool", onnx_max_pool},
      {"Mish", activation(mish)},
      {"Mul", combination(multiply)},
      {"Pad", pad_op},
      {"ReduceMean", reduce_mean_op},
      {"Relu", activation(relu)},
      {"Reshape", reshape_op},
      {"Sigmoid", activation(sigmoid)},
      {"Softmax", softmax_op},
      {"Squeeze", drop_axes},
      {"Sub", combination(subtract)},
      {"Sum", sum_op},
      {"Tanh", activation(tanh)},
      {"Unsqueeze", add_axes},
  };
  return table;
}

}  // namespace backflow::models
