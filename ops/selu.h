// y = γ x where x > 0, γ α (eˣ − 1) elsewhere, elementwise (Klambauer et al. 2017, https://arxiv.org/abs/1706.02515).
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct SeluOptions {
  float alpha = 1.6732632423543772F;  // with these two, activations keep mean 0 and variance 1
  float gamma = 1.0507009873554805F;
  std::string name = "";
};

/// x and y have any shape.
Value selu(Value x, const SeluOptions& options = {});

}  // namespace backflow
