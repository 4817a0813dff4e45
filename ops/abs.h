// y = |x|, elementwise; the gradient is the sign of x, 0 at 0.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape.
Value abs(Value x, const std::string& name = "");

}  // namespace backflow
