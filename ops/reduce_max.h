// y = the largest element of x along some axes.
#pragma once

#include <backflow/ops/reduce_options.h>

namespace backflow {

/// x has any shape, f32; if all axes go, y has shape []. y is NaN where an element is. The gradient is shared evenly
/// among equal largest elements.
Value reduce_max(Value x, const ReduceOptions& options);

}  // namespace backflow
