// y = min(max(x, low), high), elementwise; the gradient is 1 from low to high, both included.
#pragma once

#include <limits>

#include <backflow/graph/graph.h>

namespace backflow {

struct ClipOptions {
  float low = -std::numeric_limits<float>::infinity();
  float high = std::numeric_limits<float>::infinity();
  std::string name = "";
};

/// x and y have any shape. As PyTorch's clamp.
Value clip(Value x, const ClipOptions& options);

}  // namespace backflow
