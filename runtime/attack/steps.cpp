#include <backflow/runtime/attack/steps.h>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/graph/random.h>
#include <backflow/ops/ascend_in_ball.h>
#include <backflow/ops/project_to_ball.h>
#include <backflow/ops/random_in_ball.h>

namespace backflow::attack {
namespace {

BallOptions options_of(const Ball& ball) { return {.norm = ball.norm}; }

}  // namespace

Ball ball_around(Value original, const Threat& threat) {
  return {original, threat.norm, original.graph->constant("attack.epsilon", {{1}}, filled(threat.epsilon))};
}

Value random_start(const Ball& ball, Value keys) {
  return random_in_ball(ball.original, keys, ball.epsilon, options_of(ball));
}

void write_keys(std::span<std::int32_t> keys, std::uint64_t seed, std::int64_t first, std::int64_t step) {
  const auto own = random_words(seed, stream_of("attack"), 0, 0);  // other numbers than the seed's other streams have
  for (std::size_t i = 0; i < keys.size() / 4; ++i) {
    keys[4 * i] = static_cast<std::int32_t>(own[0]);
    keys[4 * i + 1] = static_cast<std::int32_t>(own[1]);
    keys[4 * i + 2] = static_cast<std::int32_t>(first + static_cast<std::int64_t>(i));
    keys[4 * i + 3] = static_cast<std::int32_t>(step);
  }
}

Value ascend(const Ball& ball, Value x, Value gradient, Value rate) {
  return ascend_in_ball(x, gradient, ball.original, rate, ball.epsilon, options_of(ball));
}

Value project(const Ball& ball, Value x) { return project_to_ball(x, ball.original, ball.epsilon, options_of(ball)); }

Value input_gradient(Value loss, Value x) {
  require(elements(loss.shape()) == 1, "[attack] the loss needs to be one number, got ", to_string(loss.shape()));
  const auto samples = static_cast<float>(x.shape().at(0));
  const Value share = loss.graph->constant("attack.samples", loss.spec(), filled(samples));
  return gradient({loss}, {x}, {share})[0];
}

Value repeat(std::int64_t steps, Value x, const std::function<Value(Value x, std::int64_t step)>& body) {
  require(steps >= 0, "[attack] the number of steps needs to be ≥ 0, got ", steps);
  for (std::int64_t step = 0; step < steps; ++step) x = body(x, step);
  return x;
}

Value pgd(const Ball& ball, Value start, std::int64_t steps, Value rate,
          const std::function<Value(Value x, std::int64_t step)>& loss) {
  return repeat(steps, start, [&](Value x, std::int64_t step) {
    const Value gradient = input_gradient(loss(x, step), x);
    return ascend(ball, x, gradient, rate);
  });
}

float usual_rate(const Threat& threat, std::int64_t steps) {
  return (steps == 1 ? 1.25F : 2.5F / static_cast<float>(steps)) * threat.epsilon;
}

}  // namespace backflow::attack
