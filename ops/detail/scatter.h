// The gradient of gather_elements. Internal to ops/.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// A value of this shape: zeros, and each of `updates` added where `index` says. See scatter_elements.
Value scatter_sum(Value index, Value updates, const Shape& shape, int axis);

}  // namespace backflow
