// Weights and bias of a convolution with the batch normalisation behind it, in evaluation mode. Internal to ops/.
#pragma once

#include <memory>

#include <backflow/graph/op.h>

namespace backflow {

/// w [K, …], γ, σ² [K] → w γ / √(σ² + ε), channel by channel.
std::shared_ptr<const Op> folded_weights(float epsilon);
/// Perhaps b [K], then γ, β, µ, σ² [K] → (b − µ) γ / √(σ² + ε) + β.
std::shared_ptr<const Op> folded_bias(float epsilon, bool has_bias);

}  // namespace backflow
