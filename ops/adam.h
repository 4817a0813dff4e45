// w ← w − lr · m̂ / (√v̂ + ε) with running means m of the gradient and v of its square, corrected for their start at 0.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct AdamOptions {
  double beta1 = 0.9, beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
  bool decoupled = false;  // AdamW: w ← (1 − lr λ) w instead of g ← g + λw
};

/// Appends the update of `parameter` by `gradient`. `learning_rate` and `step` are values of shape [1]; the step is 1
/// at the first update, 2 at the second. m and v are the states "<parameter>.exp_avg" and "<parameter>.exp_avg_sq",
/// zero at first. Kingma and Ba 2014 (arXiv:1412.6980), decoupled: Loshchilov and Hutter 2017 (arXiv:1711.05101), as
/// PyTorch computes them.
Value adam(Value parameter, Value gradient, Value learning_rate, Value step, const AdamOptions& options = {});

}  // namespace backflow
