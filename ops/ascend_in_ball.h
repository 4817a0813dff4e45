// One step of a projected gradient ascent, as attacks on networks take it. Madry et al. 2018 (arXiv:1706.06083).
#pragma once

#include <backflow/graph/graph.h>
#include <backflow/ops/ball.h>

namespace backflow {

/// y = project_to_ball(x + rate · direction), where the direction is sign(g) of linf, and g / ‖g‖ of each sample of l2.
/// x, g and `center` [N, …], rate and epsilon [1]. What has no direction, a sample whose ‖g‖ is 0 or not finite and of
/// linf a value whose g is 0 or NaN, only is projected. Has no gradient.
Value ascend_in_ball(Value x, Value g, Value center, Value rate, Value epsilon, const BallOptions& options = {});

}  // namespace backflow
