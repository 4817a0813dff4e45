// y = x where x > 0, α (e^(x/α) − 1) elsewhere, elementwise (Barron 2017, https://arxiv.org/abs/1704.07483).
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct CeluOptions {
  float alpha = 1;  // other than 0
  std::string name = "";
};

/// x and y have any shape. The gradient has no step at 0.
Value celu(Value x, const CeluOptions& options = {});

}  // namespace backflow
