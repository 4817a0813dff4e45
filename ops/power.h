// y = aᵇ, elementwise, with broadcasting as in add.h.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// As PyTorch's: y is NaN where a < 0 and b is no whole number. The gradient by a is b aᵇ⁻¹, 0 where b = 0; the one by
/// b is aᵇ log a, 0 where a = 0 and b ≥ 0, NaN where a < 0.
Value power(Value a, Value b, const std::string& name = "");

}  // namespace backflow
