// A random point of a ball around each sample: where attacks on networks start.
#pragma once

#include <backflow/graph/graph.h>
#include <backflow/ops/ball.h>

namespace backflow {

/// y[n, …] = center[n, …] + d, uniform in the ball of radius `epsilon` [1]: each value of d in −ε … ε of linf; of l2 a
/// direction of N(0, 1) in each value and a length ε · u^(1/D) of u in 0 … 1 and D values. Then cut to low … high, as
/// project_to_ball does, so that y is in ball and range exactly. `keys` [N, 4] s32 holds of each sample the seed's low
/// and high word, the stream and the step: y is a pure function of them, at any thread count and in any company. Has no
/// gradient.
Value random_in_ball(Value center, Value keys, Value epsilon, const BallOptions& options = {});

}  // namespace backflow
