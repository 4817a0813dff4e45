#include "examples/python/bind_ops.h"
#include "ops/adam.h"
#include "ops/sgd.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {

void bind_updates(py::module_& m) {
  def_op(
      m, "sgd",
      [](Value parameter, Value gradient, Value learning_rate, float momentum, bool nesterov, float weight_decay) {
        return sgd(parameter, gradient, learning_rate,
                   {.momentum = momentum, .nesterov = nesterov, .weight_decay = weight_decay});
      },
      "parameter"_a, "gradient"_a, "learning_rate"_a, "momentum"_a = 0.0F, "nesterov"_a = false,
      "weight_decay"_a = 0.0F);
  def_op(
      m, "adam",
      [](Value parameter, Value gradient, Value learning_rate, Value step, double beta1, double beta2, double epsilon,
         double weight_decay, bool decoupled) {
        return adam(
            parameter, gradient, learning_rate, step,
            {.beta1 = beta1, .beta2 = beta2, .epsilon = epsilon, .weight_decay = weight_decay, .decoupled = decoupled});
      },
      "parameter"_a, "gradient"_a, "learning_rate"_a, "step"_a, "beta1"_a = 0.9, "beta2"_a = 0.999, "epsilon"_a = 1e-8,
      "weight_decay"_a = 0.0, "decoupled"_a = false);
}

}  // namespace backflow::python
