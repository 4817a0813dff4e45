// One channel of each sample, chosen when it runs: a class's logit, a layer's channel.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// y[n, …] = x[n, index[n], …]. x is [N, C] or [N, C, H, W], `index` [N] s32 in 0 … C − 1; y is [N] or [N, H, W].
Value pick(Value x, Value index, const std::string& name = "");

}  // namespace backflow
