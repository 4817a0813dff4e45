// y = tanh x, elementwise; the gradient is 1 − y², from the output.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape.
Value tanh(Value x, const std::string& name = "");

}  // namespace backflow
