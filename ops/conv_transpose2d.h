// y[n, o] = b[o] + Σ_c each pixel of x[n, c] spread by w[c, o]: transposed convolution, as PyTorch's ConvTranspose2d.
// It is the gradient by its input of the conv2d with these weights. x [N, in, H, W], w [in, out / groups, kh, kw], b
// [out], y [N, out, H', W'] with H' = (H − 1) stride − top − bottom + dilation (kh − 1) + 1 + output_padding.
#pragma once

#include <string>

#include <backflow/graph/graph.h>
#include <backflow/ops/window.h>

namespace backflow {

struct ConvTranspose2dOptions {
  Pair stride = 1;
  Padding padding = 0;      // rows and columns that the result lacks at its sides
  Pair output_padding = 0;  // that it has at its end in addition; what nothing is spread to is b alone
  Pair dilation = 1;
  std::int64_t groups = 1;  // of channels that do not see each other
  std::string name = "conv_transpose2d";
};

/// All f32; `b` may be empty.
Value conv_transpose2d(Value x, Value w, Value b, const ConvTranspose2dOptions& options = {});

}  // namespace backflow
