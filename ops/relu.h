// y = max(x, 0), elementwise; the gradient at 0 is 0.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape. A NaN stays one where the op is a node of its own.
Value relu(Value x, const std::string& name = "");

}  // namespace backflow
