// w ← w − lr · g / (√v + ε) with the running mean v of the gradient's square.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct RmspropOptions {
  double alpha = 0.99;  // share of the old mean
  double epsilon = 1e-8;
  float momentum = 0;
  float weight_decay = 0;
};

/// Appends the update of `parameter` by `gradient`. `learning_rate` is a value of shape [1]. d = g + λw;
/// v ← αv + (1 − α) d²; u = d / (√v + ε); with momentum µ: b ← µb + u in place of u. v is the state
/// "<parameter>.square_avg", b "<parameter>.momentum", zero at first. Tieleman and Hinton 2012, as PyTorch computes it.
Value rmsprop(Value parameter, Value gradient, Value learning_rate, const RmspropOptions& options = {});

}  // namespace backflow
