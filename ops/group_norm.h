// y = γ (x − µ) / √(σ² + ε) + β by channel, with mean and variance over groups of channels of each sample. Wu and He
// 2018 (arXiv:1803.08494).
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct GroupNormOptions {
  std::int64_t groups = 1;
  float epsilon = 1e-5F;
  std::string name = "";
};

/// x [N, C, …] f32; `weight` (γ) and `bias` (β) [C] may be empty. σ² is biased.
Value group_norm(Value x, Value weight, Value bias, const GroupNormOptions& options);
/// Each channel is a group. Ulyanov et al. 2016 (arXiv:1607.08022).
Value instance_norm(Value x, Value weight, Value bias, float epsilon = 1e-5F, const std::string& name = "");

}  // namespace backflow
