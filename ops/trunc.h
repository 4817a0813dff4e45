// y = x without its fraction, elementwise; the gradient is zero.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape.
Value trunc(Value x, const std::string& name = "");

}  // namespace backflow
