// Convolution of stride 1 by 3×3 windows in tiles of 4×4 outputs, or by 4×4 windows in tiles of 3×3: 36 products for
// each channel pair where the sum has 144. Winograd's F(4×4, 3×3) and F(3×3, 4×4), Lavin and Gray 2015,
// https://arxiv.org/abs/1509.09308, with the points 0, ±21/32, ±3/2, ∞, whose rounding errors are a quarter of those
// with 0, ±1, ±2, ∞. Needs AVX-512. Internal to ops/.
#pragma once

#include <cstddef>
#include <cstdint>

#include <backflow/ops/kernels/epilogue_vector.h>
#include <backflow/ops/kernels/isa.h>

namespace backflow::winograd {

/// Windows of stride 2 over an image of up to four channels C are windows of half the size and stride 1 over cells of
/// 2×2 pixels, which have 4 C channels, ordered [row, column, channel]. Such an image is dense: pixels are C apart.
struct Problem {
  std::int64_t samples, in, out;  // channels; multiples of 16, or those of cells
  std::int64_t height, width;     // of the input
  std::int64_t out_height, out_width;
  std::int64_t top, left;  // rows and columns of zeros before the input, in pixels; may be negative
  NhwcPlace x, y;
  Epilogue after = {};    // of cells that are made: none
  std::int64_t taps = 3;  // rows and columns of a window: 3 or 4
  bool space_to_depth_in = false, space_to_depth_out = false;

  std::int64_t outputs() const { return 7 - taps; }  // rows and columns of a tile
  std::int64_t across() const { return tiles_in(out_width); }
  std::int64_t down() const { return tiles_in(out_height); }
  std::int64_t tiles() const { return samples * down() * across(); }
  std::int64_t tiles_in(std::int64_t pixels) const {
    const std::int64_t length = outputs() * (space_to_depth_out ? 2 : 1);
    return (pixels + length - 1) / length;
  }
};

struct Operands {
  const float* x;
  const float* weights;  // transformed
  const float* bias;     // or null
  Beside residual, mask;
  float* y;
  float* scratch;  // scratch_elements()
};

/// Elements of transformed weights for so many channels; output channels are rounded up to whole vectors.
inline std::int64_t weight_elements(std::int64_t in, std::int64_t out) { return 36 * in * whole_vectors(out); }

/// Untransformed weights: strides of output channel, input channel, row and column. For a data gradient the windows are
/// turned by half a turn.
struct Weights {
  const float* data;
  std::int64_t in, out, out_stride, in_stride, row_stride, column_stride;
  bool turned;
  std::int64_t taps = 3;
};
void transform(const Weights& w, float* result);

std::int64_t scratch_elements(const Problem& p);
void run(const Problem& p, const Operands& o);

/// The gradient by the weights: x, and in p.y's place dy → dw [3, 3, in, out]. Scratch holds
/// gradient_scratch_elements().
void weight_gradient(const Problem& p, const float* x, const float* dy, float* dw, float* scratch);
std::int64_t gradient_scratch_elements(const Problem& p);

}  // namespace backflow::winograd
