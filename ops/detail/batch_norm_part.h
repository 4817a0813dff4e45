// What a part of a batch passes back to the statistics of the whole batch. Internal to ops/.
#pragma once

#include <vector>

#include <backflow/graph/graph.h>

namespace backflow {

/// Of γ, σ² and what the part gives for dγ and dβ, all [C]: its addends to dµ and dσ².
std::vector<Value> batch_norm_statistics_gradient(Value weight, Value variance, Value d_weight, Value d_bias,
                                                  float epsilon);

}  // namespace backflow
