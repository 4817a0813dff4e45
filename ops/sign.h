// y = −1, 0 or 1, as x is below, equal to or above 0, elementwise; the gradient is zero.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape. NaN stays NaN, as in NumPy.
Value sign(Value x, const std::string& name = "");

}  // namespace backflow
