#include <numeric>

#include <backflow/graph/error.h>
#include <backflow/ops/compare.h>
#include <backflow/ops/divide.h>
#include <backflow/ops/gather.h>
#include <backflow/ops/gather_elements.h>
#include <backflow/ops/log_softmax.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/negate.h>
#include <backflow/ops/reduce_mean.h>
#include <backflow/ops/reduce_sum.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/where.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/onnx/onnx_ops.h>

namespace backflow::models {
namespace {

/// −x[target] by the classes' weights, over axis 1 of log-probabilities x [N, C, …]; target [N, …]. Targets that are
/// `ignore_index` count nothing, neither above nor below the mean's bar.
Value negative_log_likelihood(const OnnxCall& c, Value x) {
  Value target = c.value(1);
  require(rank_of(x) >= 2, c.node.where(), " needs values [N, C, …], got ", to_string(x.shape()));
  Value weight = c.has(2) ? c.value(2) : Value{}, ignored;
  if (c.node.has("ignore_index")) {
    ignored = equal(target, c.scalar("ignored", static_cast<float>(c.node.integer("ignore_index", 0))));
    target = where(ignored, c.scalar("any", 0), target);
  }
  Shape wide = target.shape();
  wide.insert(wide.begin() + 1, 1);
  Value loss = negate(reshape(gather_elements(x, reshape(target, wide), {.axis = 1}), target.shape()));
  Value counted = weight ? gather(weight, target) : Value{};
  if (ignored) counted = where(ignored, c.scalar("nothing", 0), counted ? counted : c.scalar("one", 1));
  if (counted) loss = multiply(loss, counted);
  const std::string reduction = c.node.text("reduction", "mean");
  if (reduction == "none") return loss;
  require(reduction == "mean" || reduction == "sum", c.node.where(), " has reduction '", files::printable(reduction),
          "', expected none, mean or sum");
  std::vector<std::int64_t> axes(target.shape().size());
  std::iota(axes.begin(), axes.end(), std::int64_t{0});
  if (reduction == "mean" && !counted) return reshape(reduce_mean(loss, {.axes = axes, .name = c.name}), {});
  const Value sum = reduce_sum(loss, {.axes = axes});
  return reshape(reduction == "sum" ? sum : divide(sum, reduce_sum(counted, {.axes = axes}), c.name), {});
}

std::vector<OnnxValue> softmax_cross_entropy_loss(const OnnxCall& c) {
  const Value logarithms = log_softmax(c.value(0), {.axis = 1});
  return {{negative_log_likelihood(c, logarithms), {}, "", c.type(0)}, {logarithms, {}, "", c.type(0)}};
}

}  // namespace

OnnxTable onnx_losses() {
  return {
      {"NegativeLogLikelihoodLoss", onnx_op([](const OnnxCall& c) { return negative_log_likelihood(c, c.value(0)); })},
      {"SoftmaxCrossEntropyLoss", softmax_cross_entropy_loss},
  };
}

}  // namespace backflow::models
