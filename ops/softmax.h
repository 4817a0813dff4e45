// y_i = e^(x_i) / Σ_j e^(x_j) along one axis: a soft argmax.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct SoftmaxOptions {
  int axis = -1;  // negative ones count from the last
  std::string name = "";
};

/// x and y have any shape. No finite x overflows.
Value softmax(Value x, const SoftmaxOptions& options = {});

/// The same; the name says what it is.
inline Value softargmax(Value x, const SoftmaxOptions& options = {}) { return softmax(x, options); }

}  // namespace backflow
