// y = x Φ(x), elementwise, Φ the normal distribution function: by erf, or by its approximation with tanh.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct GeluOptions {
  bool tanh = false;  // x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))) instead of x/2 (1 + erf(x/√2))
  std::string name = "";
};

/// x and y have any shape. Hendrycks and Gimpel 2016 (arXiv:1606.08415).
Value gelu(Value x, const GeluOptions& options = {});

}  // namespace backflow
