// What attacks on networks are made of, as nodes of a graph: a start, steps uphill, the ball that they stay in.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include <backflow/graph/graph.h>
#include <backflow/runtime/attack/threat.h>

namespace backflow::attack {

/// What an attack may make of a batch.
struct Ball {
  Value original;  // [N, …], pixels in 0 … 1
  Norm norm = Norm::linf;
  Value epsilon;  // [1]; an input or a constant
};

/// With the threat's radius as a constant.
Ball ball_around(Value original, const Threat& threat);

/// A point of the ball, uniform; `keys` [N, 4] s32 are those of write_keys() or of the caller's own: random_in_ball().
Value random_start(const Ball& ball, Value keys);
/// Of a seed, the samples `first`, first + 1, … and a step, or a restart: another one for each of them, [N, 4].
void write_keys(std::span<std::int32_t> keys, std::uint64_t seed, std::int64_t first, std::int64_t step);

/// One step uphill, projected: ascend_in_ball(). `rate` is [1].
Value ascend(const Ball& ball, Value x, Value gradient, Value rate);
/// The point of the ball that is nearest to x.
Value project(const Ball& ball, Value x);

/// d loss / dx of each sample, whatever the size of the batch that `loss`, [1], is the mean of: N times the gradient.
/// Nothing is computed for parameters.
Value input_gradient(Value loss, Value x);

/// body(… body(body(x, 0), 1) …, steps − 1): the steps are nodes of one plan, which share its memory.
Value repeat(std::int64_t steps, Value x, const std::function<Value(Value x, std::int64_t step)>& body);

/// Projected gradient ascent (Madry et al. 2018, arXiv:1706.06083): x ← Π(x + rate · direction(d loss / dx)), `steps`
/// times from `start`. `loss` appends the network, and the loss to make large, of x: a mean over the batch, [1].
Value pgd(const Ball& ball, Value start, std::int64_t steps, Value rate,
          const std::function<Value(Value x, std::int64_t step)>& loss);

/// 2.5 · ε / steps: the border can be reached from any start, and there is still way to go along it; of one step 1.25 ·
/// ε (Wong et al. 2020, arXiv:2001.03994).
float usual_rate(const Threat& threat, std::int64_t steps);

}  // namespace backflow::attack
