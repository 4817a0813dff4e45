// y = min(max(x, 0), 6), elementwise; the gradient at 0 and at 6 is 0.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape.
Value relu6(Value x, const std::string& name = "");

}  // namespace backflow
