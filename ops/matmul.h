// y = A B, the product of two matrices, each transposed if wanted.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct MatmulOptions {
  bool transpose_a = false, transpose_b = false;
  std::string name = "";
};

/// a [m, k] (or [k, m] transposed), b [k, n] (or [n, k] transposed); the result is [m, n]. All f32.
Value matmul(Value a, Value b, const MatmulOptions& options = {});

}  // namespace backflow
