// y = γ (x − µ) / √(σ² + ε) + β, with mean and variance over the last axes of each sample. Ba et al. 2016
// (arXiv:1607.06450).
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct LayerNormOptions {
  std::int64_t axis = -1;  // the first that is averaged over; negative ones count from the last
  float epsilon = 1e-5F;
  std::string name = "";
};

/// x f32 of any shape with an axis; `weight` (γ) and `bias` (β) have the shape of the axes from `axis` on, or one that
/// is repeated to it (see add.h), and may be empty. σ² is biased.
Value layer_norm(Value x, Value weight, Value bias, const LayerNormOptions& options = {});

}  // namespace backflow
