// y = √x, elementwise; the gradient is 1 / 2y.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape. y is NaN below 0; the gradient at 0 is ∞.
Value sqrt(Value x, const std::string& name = "");

}  // namespace backflow
