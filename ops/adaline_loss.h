// loss = mean of (y − s)² / 2: the rule w ← w + η (y − s) x of Adaline (least mean squares) is its gradient step.
#pragma once

#include <backflow/graph/graph.h>
#include <backflow/ops/loss.h>

namespace backflow {

/// Scores s and targets y (f32) of one shape, [N] or [N, …]; the result is a scalar, shape [1]. The gradient by s is
/// s − y. Has gradients by both. Derived in docs/theory.md, 1.3.
Value adaline_loss(Value scores, Value targets, const LossOptions& options = {});

}  // namespace backflow
