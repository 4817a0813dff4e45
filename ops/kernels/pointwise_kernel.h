// Convolution by 1×1 windows of stride 1: a matrix product of all pixels of an nhwc image with the weights, in panels
// of up to 64 output channels. Needs AVX-512. Internal to ops/.
#pragma once

#include <cstdint>

#include <backflow/ops/kernels/epilogue_vector.h>
#include <backflow/ops/kernels/isa.h>

namespace backflow::pointwise {

struct Problem {
  std::int64_t samples, in, out;  // channels
  std::int64_t height, width, out_height, out_width;
  std::int64_t top, left;  // zeros before the input; negative: what is left out of it
  NhwcPlace x, y;
  Epilogue after = {};
  /// Input channels that are zero are left out, as most of one logit's gradient are; weights need to be finite.
  bool sparse = false;
};

struct Operands {
  const float* x;
  const float* weights;  // packed
  const float* bias;     // or null
  Beside residual, mask;
  float* y;
  float* scratch = nullptr;  // scratch_elements()
};

/// Elements of packed weights: output channels are rounded up to whole vectors.
inline std::int64_t weight_elements(std::int64_t in, std::int64_t out) { return in * whole_vectors(out); }

/// Packs weights with these strides of output and input channel.
void pack(const float* w, std::int64_t in, std::int64_t out, std::int64_t out_stride, std::int64_t in_stride,
          float* result);

std::int64_t scratch_elements(const Problem& p);
void run(const Problem& p, const Operands& o);

}  // namespace backflow::pointwise
