// Convolution by 3×3 windows of stride 1 in tiles of 4×4 outputs: 36 products for each channel pair where the sum has
// 144. Winograd's F(4×4, 3×3), Lavin and Gray 2015, https://arxiv.org/abs/1509.09308, with the points 0, ±21/32, ±3/2,
// ∞, whose rounding errors are a quarter of those with 0, ±1, ±2, ∞. Needs AVX-512. Internal to ops/.
#pragma once

#include <cstddef>
#include <cstdint>

namespace backflow::winograd {

/// Where an nhwc image lies; strides in elements, channels are neighbours.
struct Place {
  std::int64_t sample, row, pixel;
};

struct Problem {
  std::int64_t samples, in, out;  // channels; multiples of 16
  std::int64_t height, width;     // of the input
  std::int64_t out_height, out_width;
  std::int64_t top, left;  // rows and columns of zeros before the input; rows may be negative
  Place x, y;
  bool relu = false;

  std::int64_t across() const { return (out_width + 3) / 4; }
  std::int64_t down() const { return (out_height + 3) / 4; }
  std::int64_t tiles() const { return samples * down() * across(); }
};

struct Operands {
  const float* x;
  const float* weights;  // transformed
  const float* bias;     // or null
  const float* mask;     // or null; lies as y: outputs are zero where it is not above zero
  float* y;
  float* scratch;  // scratch_elements()
};

/// Elements of transformed weights for so many channels.
inline std::int64_t weight_elements(std::int64_t in, std::int64_t out) { return 36 * in * out; }

/// Untransformed weights: strides of output channel, input channel, row and column. For a data gradient the windows are
/// turned by half a turn.
struct Weights {
  const float* data;
  std::int64_t in, out, out_stride, in_stride, row_stride, column_stride;
  bool turned;
};
void transform(const Weights& w, float* result);

std::int64_t scratch_elements(const Problem& p);
void run(const Problem& p, const Operands& o);

/// The gradient by the weights: x, and in p.y's place dy → dw [3, 3, in, out]. Scratch holds
/// gradient_scratch_elements().
void weight_gradient(const Problem& p, const float* x, const float* dy, float* dw, float* scratch);
std::int64_t gradient_scratch_elements(const Problem& p);

}  // namespace backflow::winograd
