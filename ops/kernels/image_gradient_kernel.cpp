#include <backflow/ops/kernels/image_gradient_kernel.h>

#include <algorithm>

#include <backflow/ops/kernels/isa.h>
#include <backflow/ops/kernels/panel_product.h>

#if defined(__x86_64__)

namespace backflow::image_gradient {
namespace {

/// Adds the products of row i of dy to one sample's dx: to each pixel, what the windows over it have there.
BACKFLOW_AVX512 void add_row(const Problem& p, std::int64_t i, const float* products, float* dx) {
  const auto lanes = static_cast<__mmask8>((1U << p.out) - 1);
  const std::int64_t window = p.window(), step = window - p.stride.w * p.out, line = p.kernel.w * p.out;
  const std::int64_t row = i * p.stride.h - p.top;
  const std::int64_t first = std::max<std::int64_t>(0, -row), last = std::min(p.kernel.h, p.out_height - row);
  for (std::int64_t x = 0; x < p.out_width; ++x) {
    std::int64_t j = (x + p.left) / p.stride.w, column = (x + p.left) % p.stride.w;
    if (j >= p.width) {  // no window begins so far right
      column += (j - p.width + 1) * p.stride.w;
      j = p.width - 1;
    }
    const std::int64_t windows = std::min(j + 1, (p.kernel.w - column + p.stride.w - 1) / p.stride.w);
    const float* from = products + j * window + column * p.out;
    for (std::int64_t r = first; r < last; ++r) {
      float* to = dx + (row + r) * p.dx.row + x * p.dx.pixel;
      const float* next = from + r * line;
      __m128 sum = _mm_maskz_loadu_ps(lanes, to);
      for (std::int64_t k = 0; k < windows; ++k, next -= step) sum = _mm_add_ps(sum, _mm_maskz_loadu_ps(lanes, next));
      _mm_mask_storeu_ps(to, lanes, sum);
    }
  }
}

}  // namespace

std::int64_t scratch_elements(const Problem& p) { return p.width * p.window(); }

void run(const Problem& p, const float* dy, const float* weights, float* dx, float* scratch) {
  const std::int64_t window = p.window();
  const NhwcPlace x{0, p.width * p.dy.pixel, p.dy.pixel}, y{0, p.width * window, window};
  const pointwise::Problem row{1, p.in, window, 1, p.width, 1, p.width, 0, 0, x, y};
  for (std::int64_t n = 0; n < p.samples; ++n) {
    float* to = dx + n * p.dx.sample;
    for (std::int64_t r = 0; r < p.out_height; ++r) std::fill_n(to + r * p.dx.row, p.out_width * p.dx.pixel, 0.0F);
    for (std::int64_t i = 0; i < p.height; ++i) {
      pointwise::run(row, {dy + n * p.dy.sample + i * p.dy.row, weights, nullptr, {}, {}, scratch});
      add_row(p, i, scratch, to);
    }
  }
}

}  // namespace backflow::image_gradient

#endif
