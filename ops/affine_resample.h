// Bilinear resampling of images along an affine map that is known only when it runs: scale, rotation, shift and crop in
// one pass of fixed shape.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct AffineResampleOptions {
  std::int64_t height = 0, width = 0;  // of the result; 0: those of x
  std::int64_t copies = 1;             // results of each image, each with its own matrix
  float fill = 0;                      // the value beyond the border
  std::string name = "";
};

/// y[m, c, i, j] = x[m / copies, c] at (u, v), where (u, v)ᵀ = A[m] (j, i, 1)ᵀ, all in pixels; between pixels bilinear.
/// x is [N, C, H, W], `matrices` [N · copies, 2, 3], y [N · copies, C, height, width]. The gradient of x is the
/// adjoint, summed in a fixed order; the matrices have none.
Value affine_resample(Value x, Value matrices, const AffineResampleOptions& options = {});

}  // namespace backflow
