// y = the whole number next to x, of two equally near ones the even one, elementwise; the gradient is zero.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape.
Value round(Value x, const std::string& name = "");

}  // namespace backflow
