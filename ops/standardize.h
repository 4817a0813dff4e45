// Each sample moved to mean 0 and scaled to deviation 1.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// y[n] = (x[n] − mean(x[n])) / √(variance(x[n]) + ε), over all elements of a sample. x and y are [N, …].
Value standardize(Value x, float epsilon = 1e-10F, const std::string& name = "");

}  // namespace backflow
