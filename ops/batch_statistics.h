// Mean and variance of each channel over a whole batch, however it is tiled; and their running averages.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x [N, C] or [N, C, H, W] f32; mean[c] = Σ x / n over the n numbers of channel c. Differentiable only through
/// batch_norm, or where it is an addend of a larger batch (OpTraits::part_of_batch).
Value batch_mean(Value x, const std::string& name = "");
/// Second pass, which is exact where one pass would cancel: variance[c] = Σ (x − mean)² / n.
Value batch_variance(Value x, Value mean, const std::string& name = "");

/// running ← (1 − momentum) · running + momentum · factor · batch, once a step. All [C].
Value update_running_average(Value running, Value batch, float momentum, float factor = 1);

}  // namespace backflow
