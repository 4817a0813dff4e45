#include <pybind11/stl.h>

#include "examples/python/bind.h"
#include "ops/linear.h"
#include "ops/relu.h"
#include "ops/sgd.h"
#include "ops/sigmoid.h"
#include "ops/softmax_cross_entropy.h"
#include "ops/tanh.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {
namespace {

/// A function of values of a graph; its result keeps the graph alive.
template <class Function, class... Arguments>
void def_op(py::module_& m, const char* name, Function&& function, const Arguments&... arguments) {
  m.def(name, std::forward<Function>(function), arguments..., py::keep_alive<0, 1>());
}

void bind_layers(py::module_& m) {
  def_op(
      m, "linear",
      [](Value x, std::int64_t out, bool bias, const std::string& name) {
        return linear(x, {.out = out, .bias = bias, .name = name});
      },
      "x"_a, py::kw_only(), "out"_a, "bias"_a = true, "name"_a = "linear");
  def_op(
      m, "linear",
      [](Value x, Value w, std::optional<Value> b, const std::string& name) {
        return linear(x, w, b.value_or(Value{}), name);
      },
      "x"_a, "w"_a, "b"_a = py::none(), "name"_a = "");
}

void bind_activations(py::module_& m) {
  const auto activation = [&m](const char* name, Value (*function)(Value, const std::string&)) {
    def_op(m, name, function, "x"_a, "name"_a = "");
  };
  activation("relu", &relu);
  activation("sigmoid", &sigmoid);
  activation("tanh", &tanh);
}

void bind_losses(py::module_& m) {
  def_op(
      m, "softmax_cross_entropy",
      [](Value logits, Value labels, float label_smoothing, const std::string& name) {
        return softmax_cross_entropy(logits, labels, {.label_smoothing = label_smoothing, .name = name});
      },
      "logits"_a, "labels"_a, "label_smoothing"_a = 0.0F, "name"_a = "");
}

void bind_updates(py::module_& m) {
  def_op(
      m, "sgd",
      [](Value parameter, Value gradient, Value learning_rate, float momentum, bool nesterov, float weight_decay) {
        return sgd(parameter, gradient, learning_rate,
                   {.momentum = momentum, .nesterov = nesterov, .weight_decay = weight_decay});
      },
      "parameter"_a, "gradient"_a, "learning_rate"_a, "momentum"_a = 0.0F, "nesterov"_a = false,
      "weight_decay"_a = 0.0F);
}

}  // namespace

void bind_ops(py::module_& m) {
  bind_layers(m);
  bind_activations(m);
  bind_losses(m);
  bind_updates(m);
}

}  // namespace backflow::python
