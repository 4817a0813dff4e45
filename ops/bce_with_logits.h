// loss = mean over all elements of −t log σ(x) − (1 − t) log(1 − σ(x)), sigmoid and loss in one.
#pragma once

#include <backflow/graph/graph.h>
#include <backflow/ops/loss.h>

namespace backflow {

/// Logits x and targets t of one shape, [N, …]; the result is a scalar, shape [1]. No finite logit overflows; the
/// gradient is σ(x) − t. Has gradients by both.
Value bce_with_logits(Value logits, Value targets, const LossOptions& options = {});

}  // namespace backflow
