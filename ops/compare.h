// y = 1 where a comparison of a and b holds, 0 elsewhere, elementwise, with broadcasting as in add.h.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// 1 where a = b. Nothing holds of NaN. The gradients are zero.
Value equal(Value a, Value b, const std::string& name = "");
/// 1 where a < b.
Value less(Value a, Value b, const std::string& name = "");
/// 1 where a > b.
Value greater(Value a, Value b, const std::string& name = "");
/// 1 where a ≤ b.
Value less_or_equal(Value a, Value b, const std::string& name = "");
/// 1 where a ≥ b.
Value greater_or_equal(Value a, Value b, const std::string& name = "");

}  // namespace backflow
