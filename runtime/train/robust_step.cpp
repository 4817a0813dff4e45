#include <backflow/runtime/train/robust_step.h>

#include <limits>

#include <backflow/graph/error.h>
#include <backflow/ops/add.h>
#include <backflow/ops/ascend_in_ball.h>
#include <backflow/ops/assign.h>
#include <backflow/ops/channel_mix.h>
#include <backflow/ops/clip.h>
#include <backflow/ops/concat.h>
#include <backflow/ops/log_softmax.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/reduce_sum.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/slice.h>
#include <backflow/ops/softmax.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/ops/stop_gradient.h>
#include <backflow/ops/subtract.h>
#include <backflow/runtime/attack/shared_network.h>
#include <backflow/runtime/attack/steps.h>

namespace backflow::train {
namespace {

using attack::Ball, attack::SharedNetwork;

/// y[c] = x[c] · factor[c] + offset[c]
Value by_channel(Value x, const std::vector<float>& factor, const std::vector<float>& offset, const std::string& name) {
  const std::size_t channels = factor.size();
  ChannelMixOptions o{std::vector<float>(channels * channels), offset, name};
  for (std::size_t c = 0; c < channels; ++c) o.matrix[c * channels + c] = factor[c];
  return channel_mix(x, o);
}

Value number(Graph& g, const std::string& name, float value) { return g.constant(name, {{1}}, filled(value)); }

Value attack_keys(Graph& g, Value inputs) { return g.input(kAttackKeys, {{inputs.shape()[0], 4}, Type::s32}); }

/// Before the names of a step's nodes.
std::string prefix_of(std::int64_t step) { return str_cat("attack.", step + 1, '.'); }

/// Σ_n Σ_c weights[n, c] · values[n, c] / N, [1]
Value mean_of_rows(Value weights, Value values, const std::string& name) {
  const Value total = reduce_sum(multiply(weights, values), {.axes = {0, 1}, .keep = true});
  return reshape(scale(total, 1 / static_cast<float>(values.shape()[0])), {1}, name);
}

struct Attack {
  const models::Network& network;  // of pixels
  Ball ball;
  Value rate;
  std::int64_t steps;
  SharedNetwork attacked;

  Attack(const models::Network& of_pixels, const Adversary& adversary, Value pixels, float step_rate,
         std::int64_t step_count)
      : network(of_pixels),
        ball(attack::ball_around(pixels, adversary.threat())),
        rate(number(*pixels.graph, "attack.rate", step_rate)),
        steps(step_count),
        attacked(of_pixels, pixels.spec(), Mode::prediction) {}

  /// The pixels after the attack, as given ones.
  Value run(const BatchLoss& loss) const {
    const Value start = attack::random_start(ball, attack_keys(*rate.graph, ball.original));
    const Value end = attack::pgd(ball, start, steps, rate, [&](Value x, std::int64_t step) {
      return loss(attacked.append(x, prefix_of(step)), prefix_of(step) + "loss");
    });
    return stop_gradient(end, "attacked");
  }
  Value trained(Value pixels) const { return SharedNetwork(network, pixels.spec(), Mode::training).append(pixels, ""); }
};

Value pgd_loss(const Attack& attack, const BatchLoss& loss) { return loss(attack.trained(attack.run(loss)), "loss"); }

Value trades_loss(const Attack& attack, const BatchLoss& loss, float beta) {
  const Value pixels = attack.ball.original;
  const std::int64_t n = pixels.shape()[0];
  // Its entropy does not depend on what is moved.
  const Value before = stop_gradient(softmax(attack.attacked.append(pixels, "attack.0."), {.axis = 1}));
  const Value moved = attack.run([&](Value logits, const std::string& name) {
    return scale(mean_of_rows(before, log_softmax(logits, {.axis = 1}), name), -1);
  });
  const Value both = attack.trained(concat({pixels, moved}, {.axis = 0, .name = "both"}));
  const Value natural = slice(both, {.axis = 0, .begin = 0, .length = n}),
              adversarial = slice(both, {.axis = 0, .begin = n, .length = n});
  const Value difference = subtract(log_softmax(natural, {.axis = 1}), log_softmax(adversarial, {.axis = 1}));
  const Value divergence = mean_of_rows(softmax(natural, {.axis = 1}), difference, "divergence");
  return add(loss(natural, "natural_loss"), scale(divergence, beta), "loss");
}

/// The first samples of `state`.
Value first_samples(Value state, std::int64_t count) {
  if (state.shape()[0] == count) return state;
  return slice(state, {.axis = 0, .begin = 0, .length = count});
}

RobustStep free_step(const models::Network& network, Value pixels, std::int64_t full_batch, const BatchLoss& loss) {
  Spec spec = pixels.spec();
  spec.shape[0] = full_batch;
  const Value state = pixels.graph->state(kDeltaState, spec, zeros());
  const Value used = first_samples(state, pixels.shape()[0]);
  const Value moved = clip(add(pixels, used), {.low = 0, .high = 1, .name = "attacked"});
  const Value logits = SharedNetwork(network, pixels.spec(), Mode::training).append(moved, "");
  return {loss(logits, "loss"), FreeDelta{state, used}};
}

}  // namespace

Adversary::Adversary(const attack::Threat& threat, const data::Dataset& data) : threat_(threat) {
  if (data.input_shape().size() != 3)
    throw OptionError("robust", "moves pixels of images, but the data have rows of features", "[train] ");
  if (data.target_count() > 0) throw OptionError("robust", "is for classes, but a number is predicted", "[train] ");
  const auto channels = static_cast<std::size_t>(data.input_shape()[0]);
  const data::Standardization own = data.standardization();
  mean_ = own.mean.empty() ? std::vector<float>(channels, 0) : own.mean;
  stddev_ = own.stddev.empty() ? std::vector<float>(channels, 1) : own.stddev;
}

Value Adversary::pixels(Value inputs) const {
  return clip(by_channel(inputs, stddev_, mean_, "pixels"), {.low = 0, .high = 1});
}

models::Network Adversary::on_pixels(const models::Network& network) const {
  std::vector<float> factor, offset;
  for (std::size_t c = 0; c < mean_.size(); ++c) {
    factor.push_back(1 / stddev_[c]);
    offset.push_back(-mean_[c] / stddev_[c]);
  }
  return
      [network, factor, offset](Value pixels) { return network(by_channel(pixels, factor, offset, "standardized")); };
}

void FreeDelta::update(Value gradient, const attack::Threat& threat, float rate) const {
  Graph& g = *state.graph;
  const std::int64_t count = used.shape()[0], all = state.shape()[0];
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const RoleScope scope(g, Role::update, kDeltaState);
  const Value center = g.constant("attack.no_delta", used.spec(), zeros());
  Value next = ascend_in_ball(used, gradient, center, number(g, "attack.rate", rate),
                              number(g, "attack.epsilon", threat.epsilon),
                              {.norm = threat.norm, .low = -kInfinity, .high = kInfinity});
  if (count < all) next = concat({next, slice(state, {.axis = 0, .begin = count, .length = all - count})}, {.axis = 0});
  assign(state, next);
}

RobustStep robust_step(const models::Network& network, const Adversary& adversary, const TrainOptions& options,
                       Value inputs, std::int64_t full_batch, const BatchLoss& loss) {
  const models::Network of_pixels = adversary.on_pixels(network);
  const Value pixels = adversary.pixels(inputs);
  if (options.robust_loss == RobustLoss::free) return free_step(of_pixels, pixels, full_batch, loss);
  const std::int64_t steps = options.robust_loss == RobustLoss::fast ? 1 : options.attack_steps;
  const Attack attack(of_pixels, adversary, pixels, attack_rate_of(options, adversary.threat()), steps);
  const bool trades = options.robust_loss == RobustLoss::trades;
  return {trades ? trades_loss(attack, loss, options.trades_beta) : pgd_loss(attack, loss), {}};
}

float attack_rate_of(const TrainOptions& options, const attack::Threat& threat) {
  if (options.attack_rate > 0) return options.attack_rate;
  if (options.robust_loss == RobustLoss::free) return threat.epsilon;
  return attack::usual_rate(threat, options.robust_loss == RobustLoss::fast ? 1 : options.attack_steps);
}

Value attacked_logits(const models::Network& network, const Adversary& adversary, Value inputs, Value labels,
                      std::int64_t steps) {
  const models::Network of_pixels = adversary.on_pixels(network);
  const Attack attack(of_pixels, adversary, adversary.pixels(inputs), attack::usual_rate(adversary.threat(), steps),
                      steps);
  const Value moved = attack.run(
      [&](Value logits, const std::string& name) { return softmax_cross_entropy(logits, labels, {.name = name}); });
  return attack.attacked.append(moved, "attacked.");
}

}  // namespace backflow::train
