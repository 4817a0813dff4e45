#include <pybind11/stl.h>

#include <optional>

#include <backflow/graph/error.h>
#include <backflow/ops/adam.h>
#include <backflow/ops/ascend.h>
#include <backflow/ops/ascend_in_ball.h>
#include <backflow/ops/ascent_direction.h>
#include <backflow/ops/assign.h>
#include <backflow/ops/laplacian_normalize.h>
#include <backflow/ops/lion.h>
#include <backflow/ops/normalize_gradient.h>
#include <backflow/ops/project_to_ball.h>
#include <backflow/ops/random_in_ball.h>
#include <backflow/ops/rmsprop.h>
#include <backflow/ops/sgd.h>
#include <backflow/runtime/train/minimize.h>
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

BallOptions ball(const std::string& norm, float low, float high, const std::string& name) {
  return {.norm = value_of<Norm>("norm", norm), .low = low, .high = high, .name = name};
}

void bind_balls(py::module_& m) {
  def_op(
      m, "ascend_in_ball",
      [](Value x, Value gradient, Value center, Value rate, Value epsilon, const std::string& norm, float low,
         float high, const std::string& name) {
        return ascend_in_ball(x, gradient, center, rate, epsilon, ball(norm, low, high, name));
      },
      "x"_a, "gradient"_a, "center"_a, "rate"_a, "epsilon"_a, "norm"_a = "linf", "low"_a = 0.0F, "high"_a = 1.0F,
      "name"_a = "");
  def_op(
      m, "project_to_ball",
      [](Value x, Value center, Value epsilon, const std::string& norm, float low, float high,
         const std::string& name) { return project_to_ball(x, center, epsilon, ball(norm, low, high, name)); },
      "x"_a, "center"_a, "epsilon"_a, "norm"_a = "linf", "low"_a = 0.0F, "high"_a = 1.0F, "name"_a = "");
  def_op(
      m, "random_in_ball",
      [](Value center, Value keys, Value epsilon, const std::string& norm, float low, float high,
         const std::string& name) { return random_in_ball(center, keys, epsilon, ball(norm, low, high, name)); },
      "center"_a, "keys"_a, "epsilon"_a, "norm"_a = "linf", "low"_a = 0.0F, "high"_a = 1.0F, "name"_a = "");
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

namespace {

train::Update update_called(const std::string& name, std::optional<float> rate, float momentum, float weight_decay) {
  train::Update update;
  if (name == "sgd")
    update = train::Sgd{.momentum = momentum, .weight_decay = weight_decay};
  else if (name == "adam")
    update = train::Adam{.weight_decay = weight_decay};
  else if (name == "adamw")
    update = train::AdamW{.weight_decay = weight_decay};
  else if (name == "rmsprop")
    update = train::Rmsprop{.momentum = momentum, .weight_decay = weight_decay};
  else if (name == "lion")
    update = train::Lion{.weight_decay = weight_decay};
  else
    fail("[minimize] there is no optimizer '", name, "'; there are sgd, adam, adamw, rmsprop and lion");
  require(momentum == 0 || name == "sgd" || name == "rmsprop", "[minimize] momentum has no effect with optimizer ",
          name);
  if (rate) std::visit([&](auto& o) { o.learning_rate = *rate; }, update);
  return update;
}

void bind_minimize(py::module_& m) {
  m.def(
      "minimize",
      [](Value loss, const std::string& optimizer, std::optional<float> learning_rate, float momentum,
         float weight_decay, float clip_norm) {
        train::minimize(loss, update_called(optimizer, learning_rate, momentum, weight_decay),
                        {.clip_norm = clip_norm});
      },
      "loss"_a, "optimizer"_a = "adam", "learning_rate"_a = py::none(), "momentum"_a = 0.0F, "weight_decay"_a = 0.0F,
      "clip_norm"_a = 0.0F,
      "Appends the gradient of `loss`, a scalar, with respect to every parameter of its graph, and their updates by "
      "sgd, "
      "adam, adamw, rmsprop or lion: a run of the graph is a step. Without a learning rate each has its own. "
      "clip_norm: "
      "largest norm of all gradients together; 0: none.");
}

}  // namespace

void bind_updates(py::module_& m) {
  bind_minimize(m);
  bind_ascent(m);
  bind_balls(m);
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
  def_op(
      m, "rmsprop",
      [](Value parameter, Value gradient, Value learning_rate, double alpha, double epsilon, float momentum,
         float weight_decay) {
        return rmsprop(parameter, gradient, learning_rate,
                       {.alpha = alpha, .epsilon = epsilon, .momentum = momentum, .weight_decay = weight_decay});
      },
      "parameter"_a, "gradient"_a, "learning_rate"_a, "alpha"_a = 0.99, "epsilon"_a = 1e-8, "momentum"_a = 0.0F,
      "weight_decay"_a = 0.0F);
  def_op(
      m, "lion",
      [](Value parameter, Value gradient, Value learning_rate, double beta1, double beta2, double weight_decay) {
        return lion(parameter, gradient, learning_rate, {.beta1 = beta1, .beta2 = beta2, .weight_decay = weight_decay});
      },
      "parameter"_a, "gradient"_a, "learning_rate"_a, "beta1"_a = 0.9, "beta2"_a = 0.99, "weight_decay"_a = 0.0);
}

}  // namespace backflow::python
