// y = the smallest element of x along some axes.
#pragma once

#include <backflow/ops/reduce_options.h>

namespace backflow {

/// x has any shape, f32; if all axes go, y has shape []. y is NaN where an element is. The gradient is shared evenly
/// among equal smallest elements.
Value reduce_min(Value x, const ReduceOptions& options);

}  // namespace backflow
