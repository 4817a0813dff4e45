// y[n, o] = b[o] + Σ_c w[o, c] ⋆ x[n, c]: three-dimensional convolution (cross-correlation), as one conv2d whose
// channels are the planes of a window. x [N, in, D, H, W], w [out, in / groups, kd, kh, kw], b [out], y [N, out, D',
// H', W'] with D' = ⌊(D + front + back − dilation (kd − 1) − 1) / stride⌋ + 1, and so on.
#pragma once

#include <string>

#include <backflow/graph/graph.h>
#include <backflow/ops/window.h>

namespace backflow {

struct Conv3dOptions {
  Triple stride = 1;
  Padding3d padding = 0;  // with zeros
  Triple dilation = 1;
  std::int64_t groups = 1;  // of channels that do not see each other
  std::string name = "conv3d";
};

/// All f32; `b` may be empty.
Value conv3d(Value x, Value w, Value b, const Conv3dOptions& options = {});

}  // namespace backflow
