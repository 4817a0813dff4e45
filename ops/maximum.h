// y = the larger of a and b, elementwise, with broadcasting as in add.h.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// y is NaN where a or b is. The gradient goes to the larger one, half to each where both are equal.
Value maximum(Value a, Value b, const std::string& name = "");

}  // namespace backflow
