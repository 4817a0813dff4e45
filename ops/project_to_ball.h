// y = the point of a ball that is nearest to x, with values in a range: what keeps adversarial inputs close.
#pragma once

#include <backflow/graph/graph.h>
#include <backflow/ops/ball.h>

namespace backflow {

/// x and `center` [N, …], `epsilon` [1]. linf: min(max(x, center − ε), center + ε), as f32 computes it; l2: center +
/// d · min(1, ε / ‖d‖) with d = x − center of each sample. Both then cut to low … high, in which centres have to lie:
/// then y is in the ball and in the range exactly, with its rounded values. A NaN stays one. Has no gradient.
Value project_to_ball(Value x, Value center, Value epsilon, const BallOptions& options = {});

}  // namespace backflow
