#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/ops/celu.h>
#include <backflow/ops/clip.h>
#include <backflow/ops/elu.h>
#include <backflow/ops/gelu.h>
#include <backflow/ops/hard_sigmoid.h>
#include <backflow/ops/hardmax.h>
#include <backflow/ops/hardswish.h>
#include <backflow/ops/leaky_relu.h>
#include <backflow/ops/log_softmax.h>
#include <backflow/ops/maximum.h>
#include <backflow/ops/minimum.h>
#include <backflow/ops/mish.h>
#include <backflow/ops/prelu.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/relu6.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/selu.h>
#include <backflow/ops/shrink.h>
#include <backflow/ops/sigmoid.h>
#include <backflow/ops/softmax.h>
#include <backflow/ops/softplus.h>
#include <backflow/ops/softsign.h>
#include <backflow/ops/tanh.h>
#include <backflow/ops/thresholded_relu.h>
#include <backflow/runtime/files/suggestions.h>
#include <backflow/runtime/models/onnx/onnx_ops.h>

namespace backflow::models {
namespace {

template <class Activation>
OnnxOp activation(Activation f) {
  return onnx_op([f](const OnnxCall& c) { return f(c.value(0), c.name); });
}

/// Bounds that are values are inputs of maximum and minimum; crossed bounds give the upper one.
Value clip_op(const OnnxCall& c) {
  const bool is_known = (!c.has(1) || c.is_constant(1)) && (!c.has(2) || c.is_constant(2));
  if (!is_known) {
    Value y = c.value(0);
    if (c.has(1)) y = maximum(y, c.value(1));
    return c.has(2) ? minimum(y, c.value(2), c.name) : y;
  }
  const ClipOptions none;
  const float low = c.number(1, "min", none.low), high = c.number(2, "max", none.high);
  if (low == 0 && high == 6) return relu6(c.value(0), c.name);  // which the layer before can compute
  return clip(c.value(0), {std::min(low, high), high, c.name});
}

Value gelu_op(const OnnxCall& c) {
  const std::string form = c.node.text("approximate", "none");
  require(form == "none" || form == "tanh", c.node.where(), " has approximate '", files::printable(form),
          "', expected none or tanh");
  return gelu(c.value(0), {form == "tanh", c.name});
}

/// A slope below 0, which a leaky ReLU does not have, is one of prelu's.
Value leaky_relu_op(const OnnxCall& c) {
  const float slope = c.node.number("alpha", 0.01F);
  if (slope >= 0) return leaky_relu(c.value(0), {slope, c.name});
  return prelu(c.value(0), c.scalar("alpha", slope), c.name);
}

/// Up to opset 6 a slope for each channel, afterwards by NumPy's broadcasting.
Value prelu_op(const OnnxCall& c) {
  const Value x = c.value(0);
  Value slope = c.value(1);
  constexpr std::int64_t numpy = 7;
  if (c.opset < numpy && rank_of(slope) == 1 && rank_of(x) > 2) {
    Shape by_channel(x.shape().size() - 1, 1);
    by_channel[0] = slope.shape()[0];
    slope = reshape(slope, by_channel);
  }
  return prelu(x, slope, c.name);
}

/// Before opset 13 the axes from `axis` on are one.
template <class Function>
OnnxOp along_axis(Function f) {
  return onnx_op([f](const OnnxCall& c) {
    constexpr std::int64_t one_axis = 13;
    const Value x = c.value(0);
    const bool coerces = c.opset < one_axis;
    const std::int64_t axis = c.axis(coerces ? 1 : -1, rank_of(x));
    if (!coerces || axis + 1 == rank_of(x)) return f(x, static_cast<int>(axis), c.name);
    const auto cut = x.shape().begin() + axis;
    const Value flat = reshape(x, {elements({x.shape().begin(), cut}), elements({cut, x.shape().end()})});
    return reshape(f(flat, 1, c.name), x.shape());
  });
}

OnnxTable softmaxes() {
  return {
      {"Hardmax", along_axis([](Value x, int axis, const std::string& n) {
         return hardmax(x, {axis, n});
       })},
      {"LogSoftmax", along_axis([](Value x, int axis, const std::string& n) {
         return log_softmax(x, {axis, n});
       })},
      {"Softmax", along_axis([](Value x, int axis, const std::string& n) {
         return softmax(x, {axis, n});
       })},
  };
}

}  // namespace

OnnxTable onnx_activations() {
  const auto alpha = [](float fallback, auto f) {
    return onnx_op([=](const OnnxCall& c) { return f(c.value(0), c.node.number("alpha", fallback), c.name); });
  };
  OnnxTable table{
      {"Celu", alpha(1,
                     [](Value x, float a, const std::string& n) {
                       return celu(x, {a, n});
                     })},
      {"Clip", onnx_op(clip_op)},
      {"Elu", alpha(1,
                    [](Value x, float a, const std::string& n) {
                      return elu(x, {a, n});
                    })},
      {"Gelu", onnx_op(gelu_op)},
      {"HardSigmoid", onnx_op([](const OnnxCall& c) {
         return hard_sigmoid(c.value(0), {c.node.number("alpha", 0.2F), c.node.number("beta", 0.5F), c.name});
       })},
      {"HardSwish", activation(hardswish)},
      {"LeakyRelu", onnx_op(leaky_relu_op)},
      {"Mish", activation(mish)},
      {"PRelu", onnx_op(prelu_op)},
      {"Relu", activation(relu)},
      {"Selu", onnx_op([](const OnnxCall& c) {
         return selu(c.value(0), {c.node.number("alpha", 1.67326319F), c.node.number("gamma", 1.05070102F), c.name});
       })},
      {"Shrink", onnx_op([](const OnnxCall& c) {
         return shrink(c.value(0), {c.node.number("lambd", 0.5F), c.node.number("bias", 0), c.name});
       })},
      {"Sigmoid", activation(sigmoid)},
      {"Softplus", activation([](Value x, const std::string& n) { return softplus(x, {.name = n}); })},
      {"Softsign", activation(softsign)},
      {"Tanh", activation(tanh)},
      {"ThresholdedRelu", alpha(1,
                                [](Value x, float a, const std::string& n) {
                                  return thresholded_relu(x, {a, n});
                                })},
  };
  table.merge(softmaxes());
  return table;
}

}  // namespace backflow::models
