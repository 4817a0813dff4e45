// y = factor · x, elementwise.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape.
Value scale(Value x, float factor, const std::string& name = "");

}  // namespace backflow
