#include <numeric>

#include <backflow/graph/error.h>
#include <backflow/ops/abs.h>
#include <backflow/ops/arg_max.h>
#include <backflow/ops/cumulative_sum.h>
#include <backflow/ops/log.h>
#include <backflow/ops/log_sum_exp.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/reduce_max.h>
#include <backflow/ops/reduce_mean.h>
#include <backflow/ops/reduce_min.h>
#include <backflow/ops/reduce_prod.h>
#include <backflow/ops/reduce_sum.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/sqrt.h>
#include <backflow/runtime/models/onnx/onnx_ops.h>

namespace backflow::models {
namespace {

using Axes = std::vector<std::int64_t>;

/// f(x, axes, keep, name) over the axes that the node names, or all. None are left of a single number, and where
/// noop_with_empty_axes says so; then f is what remains of it for each element.
template <class Reduction>
OnnxOp reduction(Reduction f) {
  return onnx_op([f](const OnnxCall& c) {
    const Value x = c.value(0);
    Axes axes = c.axes(c.list("axes", 1), rank_of(x));
    if (axes.empty() && c.node.integer("noop_with_empty_axes", 0) == 0) {
      axes.resize(x.shape().size());
      std::iota(axes.begin(), axes.end(), std::int64_t{0});
    }
    const bool keep = c.node.integer("keepdims", 1) != 0;
    const Value y = f(x, axes, keep, c.name);
    return !keep && axes.size() == x.shape().size() && !y.shape().empty() ? reshape(y, {}) : y;
  });
}

template <class Choice>
OnnxOp choice(Choice f) {
  return onnx_op(
      [f](const OnnxCall& c) {
        return f(c.value(0), {.axis = static_cast<int>(c.axis(0, rank_of(c.value(0)))),
                              .keep = c.node.integer("keepdims", 1) != 0,
                              .last = c.node.integer("select_last_index", 0) != 0,
                              .name = c.name});
      },
      OnnxType::int64);
}

Value cumulative_sum_op(const OnnxCall& c) {
  const auto axis = c.list("axis", 1);
  require(axis.size() == 1, c.node.where(), " needs one axis");
  return cumulative_sum(c.value(0), {.axis = static_cast<int>(c.axes(axis, rank_of(c.value(0)))[0]),
                                     .exclusive = c.node.integer("exclusive", 0) != 0,
                                     .reverse = c.node.integer("reverse", 0) != 0,
                                     .name = c.name});
}

Value sum(Value x, const Axes& axes, bool keep, const std::string& name) {
  return axes.empty() ? x : reduce_sum(x, {.axes = axes, .keep = keep, .name = name});
}

/// Of which nothing remains without axes.
template <class Reduction>
OnnxOp plain_reduction(Reduction f) {
  return reduction([f](Value x, const Axes& axes, bool keep, const std::string& name) {
    return axes.empty() ? x : f(x, {axes, keep, name});
  });
}

}  // namespace

OnnxTable onnx_reductions() {
  using Name = const std::string&;
  return {
      {"ArgMax", choice([](Value x, const ArgMaxOptions& o) { return arg_max(x, o); })},
      {"ArgMin", choice([](Value x, const ArgMaxOptions& o) { return arg_min(x, o); })},
      {"CumSum", onnx_op(cumulative_sum_op)},
      {"ReduceL1", reduction([](Value x, const Axes& a, bool keep, Name n) { return sum(abs(x), a, keep, n); })},
      {"ReduceL2",
       reduction([](Value x, const Axes& a, bool keep, Name n) { return sqrt(sum(multiply(x, x), a, keep, ""), n); })},
      {"ReduceLogSum",
       reduction([](Value x, const Axes& a, bool keep, Name n) { return log(sum(x, a, keep, ""), n); })},
      {"ReduceLogSumExp", plain_reduction([](Value x, const ReduceOptions& o) { return log_sum_exp(x, o); })},
      {"ReduceMax", plain_reduction([](Value x, const ReduceOptions& o) { return reduce_max(x, o); })},
      {"ReduceMean", plain_reduction([](Value x, const ReduceOptions& o) { return reduce_mean(x, o); })},
      {"ReduceMin", plain_reduction([](Value x, const ReduceOptions& o) { return reduce_min(x, o); })},
      {"ReduceProd", plain_reduction([](Value x, const ReduceOptions& o) { return reduce_prod(x, o); })},
      {"ReduceSum", reduction(sum)},
      {"ReduceSumSquare",
       reduction([](Value x, const Axes& a, bool keep, Name n) { return sum(multiply(x, x), a, keep, n); })},
  };
}

}  // namespace backflow::models
