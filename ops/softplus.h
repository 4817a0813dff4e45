// y = log(1 + e^(βx)) / β, elementwise: a smooth relu.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct SoftplusOptions {
  float beta = 1;  // above 0
  std::string name = "";
};

/// x and y have any shape. No finite x overflows.
Value softplus(Value x, const SoftplusOptions& options = {});

}  // namespace backflow
