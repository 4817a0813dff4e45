// y = the product of the elements of x along some axes.
#pragma once

#include <backflow/ops/reduce_options.h>

namespace backflow {

/// x has any shape, f32; if all axes go, y has shape []. The gradient by an element is the product of the others, zeros
/// among them included.
Value reduce_prod(Value x, const ReduceOptions& options);

}  // namespace backflow
