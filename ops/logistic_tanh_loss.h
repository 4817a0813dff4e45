// loss = mean of log cosh s − y s + log 2: the rule w ← w + η (y − tanh s) x of logistic regression is its gradient
// step.
#pragma once

#include <backflow/graph/graph.h>
#include <backflow/ops/loss.h>

namespace backflow {

/// Scores s and labels y = ±1 (f32) of one shape, [N] or [N, …]; the result is a scalar, shape [1]. For y = ±1 it is
/// log(1 + e^(−2ys)). No finite score overflows; the gradient by s is tanh s − y. Has gradients by both. Derived in
/// docs/theory.md, 1.3.
Value logistic_tanh_loss(Value scores, Value labels, const LossOptions& options = {});

}  // namespace backflow
