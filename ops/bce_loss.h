// loss = mean over all elements of −t log p − (1 − t) log(1 − p), for probabilities p.
#pragma once

#include <backflow/graph/graph.h>
#include <backflow/ops/loss.h>

namespace backflow {

/// p and t of one shape, [N, …]; the result is a scalar, shape [1]. As PyTorch's binary_cross_entropy: each logarithm
/// is at least −100, the gradient is (p − t) / max((1 − p) p, 1e-12). A prediction that is NaN or outside [0, 1] is an
/// error when the graph runs. Has gradients by both. To train, bce_with_logits is more exact.
Value bce_loss(Value predictions, Value targets, const LossOptions& options = {});

}  // namespace backflow
