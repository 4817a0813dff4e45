// y = the mean of x along some axes.
#pragma once

#include <backflow/ops/reduce_options.h>

namespace backflow {

/// x has any shape, f32. If all axes are reduced and do not stay, the result has shape [1].
Value reduce_mean(Value x, const ReduceOptions& options);

}  // namespace backflow
