// y = 1 / x, elementwise; the gradient is −y².
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape. y is ±∞ at ±0.
Value reciprocal(Value x, const std::string& name = "");

}  // namespace backflow
