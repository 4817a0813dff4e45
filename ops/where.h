// y = a where a condition holds, b elsewhere, elementwise, with broadcasting of all three as in add.h.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// The condition holds where it is not 0, NaN included. NaN and ∞ of the value that is not taken reach neither y nor a
/// gradient. The gradient by the condition is zero.
Value where(Value condition, Value a, Value b, const std::string& name = "");

}  // namespace backflow
