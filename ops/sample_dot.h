// The inner product of each sample with another, and its companion, a factor for each sample. They are each other's
// gradient.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// y[n] = Σ a[n, …] b[n, …]. a and b have one shape [N, …]; y is [N].
Value sample_dot(Value a, Value b, const std::string& name = "");

/// y[n, …] = s[n] x[n, …]. x is [N, …], s [N].
Value scale_samples(Value x, Value s, const std::string& name = "");

}  // namespace backflow
