// y = the smallest whole number ≥ x, elementwise; the gradient is zero.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape.
Value ceil(Value x, const std::string& name = "");

}  // namespace backflow
