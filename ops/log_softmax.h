// y_i = x_i − log Σ_j e^(x_j) along one axis: the logarithm of softmax, without its rounding to 0.
#pragma once

#include <backflow/graph/graph.h>
#include <backflow/ops/softmax.h>

namespace backflow {

/// x and y have any shape. No finite x overflows.
Value log_softmax(Value x, const SoftmaxOptions& options = {});

/// The same; see softargmax.
inline Value log_softargmax(Value x, const SoftmaxOptions& options = {}) { return log_softmax(x, options); }

}  // namespace backflow
