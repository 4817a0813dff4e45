// y = x in another height and width: nearest, bilinear, or bilinear without aliasing.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

enum class Resize : std::uint8_t {
  nearest,   // y[i] = x[⌊i · from / to⌋]
  bilinear,  // between pixels' middles (align_corners = false); a reduction skips pixels
  smooth,    // bilinear with a filter as wide as the reduction (PyTorch's antialias); enlarges as bilinear does
};

struct Resize2dOptions {
  std::int64_t height = 0, width = 0;
  Resize mode = Resize::bilinear;
  std::string name = "";
};

/// x [N, C, H, W] f32 → y [N, C, height, width]; each mode is PyTorch's interpolate(size=…) of that name.
Value resize2d(Value x, const Resize2dOptions& options);

}  // namespace backflow
