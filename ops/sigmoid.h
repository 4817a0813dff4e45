// y = 1 / (1 + e⁻ˣ), elementwise; the gradient is y (1 − y), from the output.
#pragma once

#include "graph/graph.h"

namespace backflow {

/// x and y have any shape.
Value sigmoid(Value x, const std::string& name = "");

}  // namespace backflow
