#include <backflow/runtime/train/minimize.h>

#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/adam.h>
#include <backflow/ops/add.h>
#include <backflow/ops/assign.h>
#include <backflow/ops/divide.h>
#include <backflow/ops/lion.h>
#include <backflow/ops/minimum.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/reduce_sum.h>
#include <backflow/ops/rmsprop.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/sgd.h>
#include <backflow/ops/sqrt.h>
#include <backflow/ops/subtract.h>

namespace backflow::train {
namespace {

/// Appends an update of one parameter.
struct Append {
  Value parameter, gradient, rate, step;

  Value operator()(const Sgd& o) const {
    return sgd(parameter, gradient, rate,
               {.momentum = o.momentum, .nesterov = o.nesterov, .weight_decay = o.weight_decay});
  }
  Value operator()(const Adam& o) const { return any_adam(o, false); }
  Value operator()(const AdamW& o) const { return any_adam(o, true); }
  Value operator()(const Rmsprop& o) const {
    return rmsprop(parameter, gradient, rate,
                   {.alpha = o.alpha, .epsilon = o.epsilon, .momentum = o.momentum, .weight_decay = o.weight_decay});
  }
  Value operator()(const Lion& o) const {
    return lion(parameter, gradient, rate, {.beta1 = o.beta1, .beta2 = o.beta2, .weight_decay = o.weight_decay});
  }
  template <class Options>
  Value any_adam(const Options& o, bool decoupled) const {
    return adam(parameter, gradient, rate, step,
                {.beta1 = o.beta1,
                 .beta2 = o.beta2,
                 .epsilon = o.epsilon,
                 .weight_decay = o.weight_decay,
                 .decoupled = decoupled});
  }
};

Value scalar(Graph& g, const std::string& name, float value) { return g.constant(name, {{1}}, filled(value)); }

/// Scales the gradients so that their norm is at most `most`.
void clip(Graph& g, std::vector<Value>& gradients, float most) {
  RoleScope scope(g, Role::backward, "clip_norm");
  Value sum;
  for (const Value& d : gradients) {
    std::vector<std::int64_t> axes;
    for (std::size_t a = 0; a < d.shape().size(); ++a) axes.push_back(static_cast<std::int64_t>(a));
    const Value squares = reduce_sum(multiply(d, d), {.axes = axes});
    sum = sum ? add(sum, squares) : squares;
  }
  const Value norm = add(sqrt(sum), scalar(g, "clip_norm.epsilon", 1e-6F));
  const Value one = scalar(g, "clip_norm.one", 1);
  const Value factor = minimum(divide(scalar(g, "clip_norm", most), norm), one);
  for (Value& d : gradients) d = multiply(d, factor);
}

/// keep · state + share · gradient for each parameter; with `store` the state becomes that.
std::vector<Value> accumulated(Graph& g, const std::vector<Value>& parameters, const std::vector<Value>& gradients,
                               const Accumulation& a, bool store) {
  std::vector<Value> result;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const std::string name = g.node(parameters[i]).name;
    RoleScope scope(g, Role::update, name);
    const Value old = g.state(name + kGradientSuffix, parameters[i].spec(), zeros());
    const Value sum = add(multiply(old, a.keep), multiply(gradients[i], a.share));
    result.push_back(store ? assign(old, sum) : sum);
  }
  return result;
}

/// Moves the average of a parameter.
void average(Graph& g, const std::string& name, Value parameter, Value keep) {
  RoleScope scope(g, Role::update, name);
  const Value old = g.state(name + kAverageSuffix, parameter.spec(), zeros());
  assign(old, add(parameter, multiply(subtract(old, parameter), keep)));
}

/// The number of this step; the graph counts it.
Value counted_step(Graph& g) {
  RoleScope scope(g, Role::update, "optimizer");
  const Value done = g.state(kStepState, {{1}}, zeros());
  return assign(done, add(done, scalar(g, "optimizer.one", 1)));
}

}  // namespace

bool needs_step(const Update& update) {
  return std::holds_alternative<Adam>(update) || std::holds_alternative<AdamW>(update);
}

std::vector<Value> minimize(Value loss, const Update& update, const MinimizeOptions& options) {
  Graph& g = *loss.graph;
  require(elements(loss.shape()) == 1, "[minimize] the loss needs to be one number, got ", to_string(loss.shape()));
  require(options.clip_norm >= 0 && std::isfinite(options.clip_norm), "[minimize] clip_norm needs to be ≥ 0, got ",
          options.clip_norm);
  const float given = std::visit([](const auto& o) { return o.learning_rate; }, update);
  require(options.learning_rate || (given >= 0 && std::isfinite(given)),
          "[minimize] the learning rate needs to be ≥ 0, got ", given);
  const std::vector<Value> parameters = g.parameters();
  require(!parameters.empty(), "[minimize] the network has no parameters to train");
  std::vector<Value> wrt = parameters;
  wrt.insert(wrt.end(), options.also.begin(), options.also.end());
  std::vector<Value> gradients = gradient({loss}, wrt, {}, {}, options.sum);
  const auto of_parameters = gradients.begin() + static_cast<std::ptrdiff_t>(parameters.size());
  const std::vector<Value> others(of_parameters, gradients.end());
  gradients.erase(of_parameters, gradients.end());
  if (options.accumulated.keep) gradients = accumulated(g, parameters, gradients, options.accumulated, false);
  if (options.clip_norm > 0) clip(g, gradients, options.clip_norm);
  const Value rate = options.learning_rate ? options.learning_rate : scalar(g, "learning_rate", given);
  const Value step = options.step || !needs_step(update) ? options.step : counted_step(g);
  std::map<float, Value> rates{{1.0F, rate}};  // by their factor
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const auto factor = options.rate_factors.find(g.node(parameters[i]).name);
    Value& scaled = rates[factor == options.rate_factors.end() ? 1.0F : factor->second];
    if (!scaled) scaled = scale(rate, factor->second, "learning_rate");
    const Value updated = std::visit(Append{parameters[i], gradients[i], scaled, step}, update);
    if (options.average_keep) average(g, g.node(parameters[i]).name, updated, options.average_keep);
  }
  return others;
}

void accumulate(Value loss, const Accumulation& accumulation, const GradientSum& sum) {
  Graph& g = *loss.graph;
  const std::vector<Value> parameters = g.parameters();
  require(!parameters.empty(), "[accumulate] the network has no parameters to train");
  accumulated(g, parameters, gradient({loss}, parameters, {}, {}, sum), accumulation, true);
}

}  // namespace backflow::train
