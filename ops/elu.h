// y = x where x > 0, α (eˣ − 1) elsewhere, elementwise.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct EluOptions {
  float alpha = 1;  // ≥ 0
  std::string name = "";
};

/// x and y have any shape. Clevert et al. 2015 (arXiv:1511.07289).
Value elu(Value x, const EluOptions& options = {});

}  // namespace backflow
