#include <numeric>

#include <backflow/graph/error.h>
#include <backflow/ops/add.h>
#include <backflow/ops/batch_norm.h>
#include <backflow/ops/broadcast_to.h>
#include <backflow/ops/divide.h>
#include <backflow/ops/group_norm.h>
#include <backflow/ops/layer_norm.h>
#include <backflow/ops/local_response_norm.h>
#include <backflow/ops/lp_normalize.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/reciprocal.h>
#include <backflow/ops/reduce_mean.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/sqrt.h>
#include <backflow/ops/subtract.h>
#include <backflow/runtime/models/onnx/onnx_ops.h>

namespace backflow::models {
namespace {

using Axes = std::vector<std::int64_t>;

/// Of [N, C, …]: what is not an image has its pixels in one row.
Value batch_normalization(const OnnxCall& c) {
  std::size_t outputs = 0;
  for (const std::string& name : c.node.out) outputs += name.empty() ? 0 : 1;
  const bool trains = c.node.integer("training_mode", 0) != 0 || outputs > 1;
  require(!trains, c.node.where(), " is in training mode; export for evaluation");
  require(c.node.integer("spatial", 1) != 0, c.node.where(), " has statistics for each pixel (spatial = 0)");
  const BatchNormValues values{c.value(1), c.value(2), c.value(3, Leaf::state), c.value(4, Leaf::state)};
  const BatchNormOptions options{.epsilon = c.node.number("epsilon", 1e-5F), .name = c.name};
  const Value x = c.value(0);
  const Shape& s = x.shape();
  if (s.size() == 2 || s.size() == 4) return batch_norm(x, values, options);
  require(s.size() > 2, c.node.where(), " needs values [N, C, …], got ", to_string(s));
  return reshape(batch_norm(reshape(x, {s[0], s[1], 1, elements(s) / s[0] / s[1]}), values, options), s);
}

Value instance_normalization(const OnnxCall& c) {
  return instance_norm(c.value(0), c.value(1), c.value(2), c.node.number("epsilon", 1e-5F), c.name);
}

/// Up to opset 20 scale and bias are by group, afterwards by channel.
Value group_normalization(const OnnxCall& c) {
  const std::int64_t groups = c.node.integer("num_groups", 1);
  const Value x = c.value(0);
  const GroupNormOptions options{.groups = groups, .epsilon = c.node.number("epsilon", 1e-5F), .name = c.name};
  Value scale = c.value(1), bias = c.value(2);
  const bool by_group = rank_of(x) > 1 && scale.shape() == Shape{groups} && groups > 0 && x.shape()[1] % groups == 0;
  if (by_group && groups != x.shape()[1]) {
    const Shape one{groups, 1}, each{groups, x.shape()[1] / groups}, all{x.shape()[1]};
    scale = reshape(broadcast_to(reshape(scale, one), each), all);
    bias = reshape(broadcast_to(reshape(bias, one), each), all);
  }
  return group_norm(x, scale, bias, options);
}

/// Also the mean and the inverse deviation.
std::vector<OnnxValue> layer_normalization(const OnnxCall& c) {
  const Value x = c.value(0);
  const std::int64_t axis = c.axis(-1, rank_of(x));
  const float epsilon = c.node.number("epsilon", 1e-5F);
  const Value y = layer_norm(x, c.value(1), c.has(2) ? c.value(2) : Value{}, {axis, epsilon, c.name});
  std::vector<OnnxValue> results{{y, {}, "", c.type(0)}};
  if (c.node.out.size() == 1) return results;
  Axes axes(static_cast<std::size_t>(rank_of(x) - axis));
  std::iota(axes.begin(), axes.end(), axis);
  const Value mean = reduce_mean(x, {.axes = axes, .keep = true}), centred = subtract(x, mean);
  const Value variance = reduce_mean(multiply(centred, centred), {.axes = axes, .keep = true});
  results.push_back({mean, {}, "", c.type(0)});
  results.push_back({reciprocal(sqrt(add(variance, c.scalar("epsilon", epsilon)))), {}, "", c.type(0)});
  return results;
}

Value mean_variance_normalization(const OnnxCall& c) {
  const Value x = c.value(0);
  Axes axes = c.node.has("axes") ? c.node.integers("axes") : Axes{0, 2, 3};
  axes = c.axes(std::move(axes), rank_of(x));
  const Value mean = reduce_mean(x, {.axes = axes, .keep = true}), centred = subtract(x, mean);
  const Value variance = reduce_mean(multiply(centred, centred), {.axes = axes, .keep = true});
  return divide(centred, add(sqrt(variance), c.scalar("epsilon", 1e-9F)), c.name);
}

Value lp_normalization(const OnnxCall& c) {
  return lp_normalize(
      c.value(0),
      {.axis = c.axis(-1, rank_of(c.value(0))), .p = static_cast<int>(c.node.integer("p", 2)), .name = c.name});
}

Value lrn(const OnnxCall& c) {
  return local_response_norm(c.value(0), {.size = c.node.integer("size", 0),
                                          .alpha = c.node.number("alpha", 1e-4F),
                                          .beta = c.node.number("beta", 0.75F),
                                          .k = c.node.number("bias", 1),
                                          .name = c.name});
}

}  // namespace

OnnxTable onnx_norms() {
  return {
      {"BatchNormalization", onnx_op(batch_normalization)},
      {"GroupNormalization", onnx_op(group_normalization)},
      {"InstanceNormalization", onnx_op(instance_normalization)},
      {"LRN", onnx_op(lrn)},
      {"LayerNormalization", layer_normalization},
      {"LpNormalization", onnx_op(lp_normalization)},
      {"MeanVarianceNormalization", onnx_op(mean_variance_normalization)},
  };
}

}  // namespace backflow::models
