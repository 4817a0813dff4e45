// y = a + b, elementwise, with broadcasting.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// Shapes as in NumPy: aligned at the last axis, an axis that is missing or has length 1 is repeated. [N, C] + [C],
/// [N, C, H, W] + [1, C, 1, 1] and anything + [1] fit. Gradients are summed over the repeated axes.
Value add(Value a, Value b, const std::string& name = "");

}  // namespace backflow
