// loss = mean of |s| − y s: the perceptron's rule w ← w + η (y − sign s) x is its gradient step.
#pragma once

#include <backflow/graph/graph.h>
#include <backflow/ops/loss.h>

namespace backflow {

/// Scores s and labels y = ±1 (f32) of one shape, [N] or [N, …]; the result is a scalar, shape [1]. The gradient by s
/// is sign s − y, with sign 0 = 0. Has gradients by both. Derived in docs/theory.md, 1.3.
Value perceptron_loss(Value scores, Value labels, const LossOptions& options = {});

}  // namespace backflow
