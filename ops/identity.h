// y = x: the activation of a layer that has none, as a node that can be seen and read.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape.
Value identity(Value x, const std::string& name = "");

}  // namespace backflow
