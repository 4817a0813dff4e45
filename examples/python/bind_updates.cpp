#include <backflow/graph/error.h>
#include <backflow/ops/adam.h>
#include <backflow/ops/ascend.h>
#include <backflow/ops/ascent_direction.h>
#include <backflow/ops/assign.h>
#include <backflow/ops/laplacian_normalize.h>
#include <backflow/ops/normalize_gradient.h>
#include <backflow/ops/sgd.h>
#include "examples/python/bind_ops.h"

namespace py = pybind11;
using namespace py::literals;

namespace backflow::python {

namespace {

NormalizeBy size_called(const std::string& name) {
  if (name == "rms") return NormalizeBy::rms;
  if (name == "mean_abs") return NormalizeBy::mean_abs;
  require(name == "norm", "[normalize_gradient] there is no size '", name, "'; there are rms, mean_abs and norm");
  return NormalizeBy::norm;
}

AscentDirectionOptions::Kind direction_called(const std::string& name) {
  using Kind = AscentDirectionOptions::Kind;
  if (name == "momentum") return Kind::momentum;
  if (name == "adam") return Kind::adam;
  require(name == "nadam", "[ascent_direction] there is no kind '", name, "'; there are momentum, adam and nadam");
  return Kind::nadam;
}

void bind_ascent(py::module_& m) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  def_op(
      m, "ascend",
      [](Value x, Value gradient, Value rate, float decay, float toward, float low, float high) {
        return ascend(x, gradient, rate, {.decay = decay, .toward = toward, .low = low, .high = high});
      },
      "x"_a, "gradient"_a, "rate"_a, "decay"_a = 0.0F, "toward"_a = 0.45F, "low"_a = -kInfinity, "high"_a = kInfinity);
  def_op(
      m, "ascent_direction",
      [](Value gradient, Value step, const std::string& name, const std::string& kind, double beta1, double beta2,
         double epsilon) {
        return ascent_direction(gradient, step, name,
                                {.kind = direction_called(kind), .beta1 = beta1, .beta2 = beta2, .epsilon = epsilon});
      },
      "gradient"_a, "step"_a, "name"_a, "kind"_a = "adam", "beta1"_a = 0.9, "beta2"_a = 0.999, "epsilon"_a = 1e-8);
  def_op(
      m, "normalize_gradient",
      [](Value gradient, const std::string& by, float limit, const std::string& name) {
        return normalize_gradient(gradient, {.by = size_called(by), .limit = limit, .name = name});
      },
      "gradient"_a, "by"_a = "rms", "limit"_a = 1.0F, "name"_a = "");
  def_op(m, "laplacian_normalize", &laplacian_normalize, "gradient"_a, "levels"_a = 4, "name"_a = "");
  def_op(m, "assign", &assign, "state"_a, "x"_a, "name"_a = "");
}

}  // namespace

void bind_updates(py::module_& m) {
  bind_ascent(m);
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
