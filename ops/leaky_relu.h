// y = x where x > 0, slope · x elsewhere, elementwise; the gradient at 0 is the slope.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct LeakyReluOptions {
  float slope = 0.01F;  // ≥ 0
  std::string name = "";
};

/// x and y have any shape.
Value leaky_relu(Value x, const LeakyReluOptions& options = {});

}  // namespace backflow
