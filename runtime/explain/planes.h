// Planes of numbers, [height, width] row-major: blurred and enlarged. Internal to runtime/explain/.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace backflow::explain {

struct Plane {
  std::int64_t height = 0, width = 0;
  std::vector<float> values;  // [height, width]
};

/// Convolved with a Gaussian of standard deviation `sigma` in pixels, cut at 3 σ and normalised; the plane is mirrored
/// at its borders. σ ≤ 0 copies.
Plane blurred(const Plane& plane, double sigma);

/// Bilinear between the middles of pixels, as PyTorch's interpolate(mode="bilinear", align_corners=False).
Plane resized(const Plane& plane, std::int64_t height, std::int64_t width);

}  // namespace backflow::explain
