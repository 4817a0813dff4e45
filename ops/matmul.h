// y = A B, the product of two matrices, or of stacks of them, each transposed if wanted (NumPy's matmul).
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct MatmulOptions {
  bool transpose_a = false, transpose_b = false;  // the last two axes
  std::string name = "";
};

/// a [M…, m, k] (or [M…, k, m] transposed), b [N…, k, n] (or [N…, n, k] transposed); y is [B…, m, n], where B is the
/// shape to which M and N are repeated (see add.h). A vector a [k] is one row and a vector b [k] one column, which y
/// then does not have; they cannot be transposed. All f32. Gradients are sums over what was repeated.
Value matmul(Value a, Value b, const MatmulOptions& options = {});

}  // namespace backflow
