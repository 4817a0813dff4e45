// w ← w − lr · sign(u), where u is a mean of the gradient and its running mean.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct LionOptions {
  double beta1 = 0.9;   // share of the running mean in u
  double beta2 = 0.99;  // share of the old running mean in the new one
  double weight_decay = 0;
};

/// Appends the update of `parameter` by `gradient`. `learning_rate` is a value of shape [1]. u = β₁m + (1 − β₁) g;
/// w ← (1 − lr λ) w − lr sign(u); m ← β₂m + (1 − β₂) g. m is the state "<parameter>.exp_avg", zero at first. Chen et
/// al. 2023 (arXiv:2302.06675); its learning rate is to be 3 to 10 times smaller than adam's.
Value lion(Value parameter, Value gradient, Value learning_rate, const LionOptions& options = {});

}  // namespace backflow
