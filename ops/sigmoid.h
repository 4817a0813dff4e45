// y = 1 / (1 + e⁻ˣ), elementwise; the gradient is y (1 − y), from the output.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape. Saturates where PyTorch's does: y is exactly 1 from x ≈ 16.64 on, 0 below −88.72.
Value sigmoid(Value x, const std::string& name = "");

}  // namespace backflow
