// y = eˣ, elementwise; the gradient is y.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape.
Value exp(Value x, const std::string& name = "");

}  // namespace backflow
