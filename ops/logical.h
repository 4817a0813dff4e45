// Logic of values of which 0 is false and all others, NaN too, are true; y is 0 or 1, elementwise.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// 1 where a and b are true, with broadcasting as in add.h. The gradients of all four are zero.
Value logical_and(Value a, Value b, const std::string& name = "");
/// 1 where a or b is true, with broadcasting as in add.h.
Value logical_or(Value a, Value b, const std::string& name = "");
/// 1 where one of a and b is true, with broadcasting as in add.h.
Value logical_xor(Value a, Value b, const std::string& name = "");
/// 1 where x, of any shape, is 0.
Value logical_not(Value x, const std::string& name = "");

}  // namespace backflow
