// y = scale · max(x, 0), elementwise; the gradient at 0 is 0.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct ScaledReluOptions {
  float scale = 1;  // above 0
  std::string name = "";
};

/// x and y have any shape.
Value scaled_relu(Value x, const ScaledReluOptions& options);

}  // namespace backflow
