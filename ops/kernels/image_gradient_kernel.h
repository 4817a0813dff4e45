// The data gradient of a convolution into few channels, such as an image's: for each pixel of dy the product with all
// weights, whose results are added where the pixel's window lay. Vectors are full, which channels alone would not fill.
// Needs AVX-512. Internal to ops/.
#pragma once

#include <cstdint>

#include <backflow/ops/kernels/pointwise_kernel.h>
#include <backflow/ops/window.h>

namespace backflow::image_gradient {

struct Problem {
  std::int64_t samples, in, out;  // channels of dy, of dx
  std::int64_t height, width;     // of dy
  std::int64_t out_height, out_width;
  Pair kernel, stride;
  std::int64_t top, left;  // padding of the convolution
  NhwcPlace dy, dx;

  std::int64_t window() const { return kernel.h * kernel.w * out; }
};

std::int64_t scratch_elements(const Problem& p);
/// `weights` are those of pointwise::pack with window() output channels, ordered [row, column, channel].
void run(const Problem& p, const float* dy, const float* weights, float* dx, float* scratch);

}  // namespace backflow::image_gradient
