// y = log Σ eˣ along some axes.
#pragma once

#include <backflow/ops/reduce_options.h>

namespace backflow {

/// x has any shape, f32; if all axes go, y has shape []. No finite x overflows; −∞ counts as nothing, ∞ makes y = ∞.
/// The gradient is eˣ⁻ʸ.
Value log_sum_exp(Value x, const ReduceOptions& options);

}  // namespace backflow
