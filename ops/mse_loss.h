// loss = mean over all elements of (p − t)².
#pragma once

#include <backflow/graph/graph.h>
#include <backflow/ops/loss.h>

namespace backflow {

/// p and t of one shape, [N, …]; the result is a scalar, shape [1]. Has gradients by both.
Value mse_loss(Value predictions, Value targets, const LossOptions& options = {});

}  // namespace backflow
