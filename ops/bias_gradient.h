// db[c] = Σ dy over every axis but the channels: the gradient of a bias that was added to each of them.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// dy is [N, C] or [N, C, H, W]; the result [C].
Value bias_gradient(Value dy, const std::string& name = "");

}  // namespace backflow
