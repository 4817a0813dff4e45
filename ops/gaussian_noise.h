// Gaussian noise that is a pure function of a key: the same at any thread count and in any company.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// y[n, …] = x[n, …] + deviation · N(0, 1). x is [N, …], `keys` [N, 4] s32 holds of each sample the seed's low and high
/// word, the stream and the step; `deviation` is [1]. The gradient of x is that of y.
Value gaussian_noise(Value x, Value keys, Value stddev, const std::string& name = "");

}  // namespace backflow
