// loss = mean over all elements of d²/2 where |d| ≤ δ, δ (|d| − δ/2) elsewhere, with d = p − t.
#pragma once

#include <backflow/graph/graph.h>
#include <backflow/ops/loss.h>

namespace backflow {

struct HuberOptions {
  float delta = 1;  // above 0
  Reduction reduction = Reduction::mean;
  std::string name = "";
};

/// p and t of one shape, [N, …]; the result is a scalar, shape [1]. Has gradients by both.
Value huber_loss(Value predictions, Value targets, const HuberOptions& options = {});

}  // namespace backflow
