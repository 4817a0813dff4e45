// y = the sum of x along some axes.
#pragma once

#include <backflow/ops/reduce_options.h>

namespace backflow {

/// x has any shape, f32; if all axes go, y has shape []. Sums have a fixed order.
Value reduce_sum(Value x, const ReduceOptions& options);

}  // namespace backflow
