#include <backflow/ops/abs.h>
#include <backflow/ops/ceil.h>
#include <backflow/ops/celu.h>
#include <backflow/ops/clip.h>
#include <backflow/ops/elu.h>
#include <backflow/ops/erf.h>
#include <backflow/ops/exp.h>
#include <backflow/ops/floor.h>
#include <backflow/ops/gelu.h>
#include <backflow/ops/hard_sigmoid.h>
#include <backflow/ops/hardmax.h>
#include <backflow/ops/hardswish.h>
#include <backflow/ops/identity.h>
#include <backflow/ops/leaky_relu.h>
#include <backflow/ops/log.h>
#include <backflow/ops/log_softmax.h>
#include <backflow/ops/mish.h>
#include <backflow/ops/negate.h>
#include <backflow/ops/reciprocal.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/relu6.h>
#include <backflow/ops/round.h>
#include <backflow/ops/scaled_relu.h>
#include <backflow/ops/selu.h>
#include <backflow/ops/shrink.h>
#include <backflow/ops/sigmoid.h>
#include <backflow/ops/sign.h>
#include <backflow/ops/silu.h>
#include <backflow/ops/softmax.h>
#include <backflow/ops/softplus.h>
#include <backflow/ops/softsign.h>
#include <backflow/ops/sqrt.h>
#include <backflow/ops/stop_gradient.h>
#include <backflow/ops/tanh.h>
#include <backflow/ops/thresholded_relu.h>
#include <backflow/ops/trunc.h>
#include "examples/python/bind_ops.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

void bind_functions(py::module_& m) {
  def_op(m, "abs", &abs);
  def_op(m, "ceil", &ceil);
  def_op(m, "erf", &erf);
  def_op(m, "exp", &exp);
  def_op(m, "floor", &floor);
  def_op(m, "log", &log);
  def_op(m, "negate", &negate);
  def_op(m, "reciprocal", &reciprocal);
  def_op(m, "round", &round);
  def_op(m, "sign", &sign);
  def_op(m, "sqrt", &sqrt);
  def_op(m, "trunc", &trunc);
}

void bind_shaped(py::module_& m) {
  def_op(
      m, "celu", [](Value x, float alpha, const std::string& name) { return celu(x, {.alpha = alpha, .name = name}); },
      "x"_a, "alpha"_a = 1.0F, "name"_a = "");
  def_op(
      m, "hard_sigmoid",
      [](Value x, float alpha, float beta, const std::string& name) {
        return hard_sigmoid(x, {.alpha = alpha, .beta = beta, .name = name});
      },
      "x"_a, "alpha"_a = HardSigmoidOptions{}.alpha, "beta"_a = HardSigmoidOptions{}.beta, "name"_a = "");
  def_op(
      m, "hardmax", [](Value x, int axis, const std::string& name) { return hardmax(x, {.axis = axis, .name = name}); },
      "x"_a, "axis"_a = -1, "name"_a = "");
  def_op(
      m, "selu",
      [](Value x, float alpha, float gamma, const std::string& name) {
        return selu(x, {.alpha = alpha, .gamma = gamma, .name = name});
      },
      "x"_a, "alpha"_a = SeluOptions{}.alpha, "gamma"_a = SeluOptions{}.gamma, "name"_a = "");
  def_op(
      m, "shrink",
      [](Value x, float threshold, float bias, const std::string& name) {
        return shrink(x, {.threshold = threshold, .bias = bias, .name = name});
      },
      "x"_a, "threshold"_a = 0.5F, "bias"_a = 0.0F, "name"_a = "");
  def_op(
      m, "thresholded_relu",
      [](Value x, float alpha, const std::string& name) { return thresholded_relu(x, {.alpha = alpha, .name = name}); },
      "x"_a, "alpha"_a = 1.0F, "name"_a = "");
}

}  // namespace

void bind_activations(py::module_& m) {
  bind_functions(m);
  bind_shaped(m);
  def_op(m, "hardswish", &hardswish);
  def_op(m, "identity", &identity);
  def_op(m, "mish", &mish);
  def_op(m, "relu", &relu);
  def_op(m, "relu6", &relu6);
  def_op(m, "sigmoid", &sigmoid);
  def_op(m, "silu", &silu);
  def_op(m, "softsign", &softsign);
  def_op(m, "stop_gradient", &stop_gradient);
  def_op(m, "tanh", &tanh);
  def_op(
      m, "clip",
      [](Value x, float low, float high, const std::string& name) {
        return clip(x, {.low = low, .high = high, .name = name});
      },
      "x"_a, "low"_a = -std::numeric_limits<float>::infinity(), "high"_a = std::numeric_limits<float>::infinity(),
      "name"_a = "");
  def_op(
      m, "elu", [](Value x, float alpha, const std::string& name) { return elu(x, {.alpha = alpha, .name = name}); },
      "x"_a, "alpha"_a = 1.0F, "name"_a = "");
  def_op(
      m, "gelu", [](Value x, bool tanh, const std::string& name) { return gelu(x, {.tanh = tanh, .name = name}); },
      "x"_a, "tanh"_a = false, "name"_a = "");
  def_op(
      m, "leaky_relu",
      [](Value x, float slope, const std::string& name) { return leaky_relu(x, {.slope = slope, .name = name}); },
      "x"_a, "slope"_a = 0.01F, "name"_a = "");
  def_op(
      m, "log_softmax",
      [](Value x, int axis, const std::string& name) { return log_softmax(x, {.axis = axis, .name = name}); }, "x"_a,
      "axis"_a = -1, "name"_a = "");
  def_op(
      m, "scaled_relu",
      [](Value x, float scale, const std::string& name) { return scaled_relu(x, {.scale = scale, .name = name}); },
      "x"_a, "scale"_a, "name"_a = "");
  def_op(
      m, "softmax", [](Value x, int axis, const std::string& name) { return softmax(x, {.axis = axis, .name = name}); },
      "x"_a, "axis"_a = -1, "name"_a = "");
  def_op(
      m, "softplus",
      [](Value x, float beta, const std::string& name) { return softplus(x, {.beta = beta, .name = name}); }, "x"_a,
      "beta"_a = 1.0F, "name"_a = "");
  m.attr("softargmax") = m.attr("softmax");
  m.attr("log_softargmax") = m.attr("log_softmax");
}

}  // namespace backflow::python
