// w ← w − lr · step, with momentum, Nesterov's variant and weight decay.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct SgdOptions {
  float momentum = 0;
  bool nesterov = false;
  float weight_decay = 0;
};

/// Appends the update of `parameter` by `gradient`. `learning_rate` is a value of shape [1]. With momentum µ
/// (PyTorch's form): d = g + λw; v ← µv + d; step = v, or d + µv with Nesterov. v is the state
/// "<parameter>.momentum", zero at first.
Value sgd(Value parameter, Value gradient, Value learning_rate, const SgdOptions& options = {});

}  // namespace backflow
