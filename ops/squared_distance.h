// loss = ‖p − t‖² of each sample, summed over its features, then averaged over the batch (or summed).
#pragma once

#include <backflow/graph/graph.h>
#include <backflow/ops/loss.h>

namespace backflow {

/// p and t of one shape, [N, …]; the result is a scalar, shape [1]. Has gradients by both. mse_loss is this divided by
/// the number of features.
Value squared_distance(Value predictions, Value targets,
                       const LossOptions& options = {.reduction = Reduction::batch_mean});

}  // namespace backflow
