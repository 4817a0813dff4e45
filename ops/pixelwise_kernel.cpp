#include "ops/pixelwise_kernel.h"

#include <immintrin.h>

#include <algorithm>

#include "ops/isa.h"

namespace backflow::pixelwise {
namespace {

constexpr std::int64_t kPanel = 32;  // output channels at once: two vectors
constexpr std::int64_t kRows = 12;   // pixels in registers at once
constexpr std::int64_t kBlock = 96;  // pixels for which a panel of weights stays in the cache

using Vector = __m512;

/// Where a block of results goes, and what is done to it on the way.
struct Target {
  float* y;
  const float *bias, *mask;  // or null
  std::int64_t pixel;        // stride
  __mmask16 last;            // lanes of the last vector
  bool relu;
};

template <int rows, int vectors>
BACKFLOW_AVX512 void product(const float* x, std::int64_t x_pixel, std::int64_t depth, const float* w,
                             const Target& t) {
  Vector sum[rows][vectors];
  for (int i = 0; i < vectors; ++i) {
    const __mmask16 lanes = i + 1 == vectors ? t.last : static_cast<__mmask16>(0xFFFF);
    const Vector first = t.bias ? _mm512_maskz_loadu_ps(lanes, t.bias + 16 * i) : _mm512_setzero_ps();
    for (int r = 0; r < rows; ++r) sum[r][i] = first;
  }
  for (std::int64_t k = 0; k < depth; ++k, w += 16 * vectors) {
    Vector b[vectors];
    for (int i = 0; i < vectors; ++i) b[i] = _mm512_loadu_ps(w + 16 * i);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      const Vector a = _mm512_set1_ps(x[r * x_pixel + k]);
      for (int i = 0; i < vectors; ++i) sum[r][i] = _mm512_fmadd_ps(a, b[i], sum[r][i]);
    }
  }
  const Vector zero = _mm512_setzero_ps();
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r)
    for (int i = 0; i < vectors; ++i) {
      const __mmask16 lanes = i + 1 == vectors ? t.last : static_cast<__mmask16>(0xFFFF);
      const std::int64_t place = r * t.pixel + 16 * i;
      Vector y = sum[r][i];
      if (t.relu) y = _mm512_max_ps(y, zero);
      if (t.mask) {
        const Vector m = _mm512_maskz_loadu_ps(lanes, t.mask + place);
        y = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(m, zero, _CMP_GT_OQ), y);
      }
      _mm512_mask_storeu_ps(t.y + place, lanes, y);
    }
}

using Product = void (*)(const float*, std::int64_t, std::int64_t, const float*, const Target&);

template <int vectors>
Product product_of(std::int64_t rows) {
  static constexpr Product table[] = {product<1, vectors>,  product<2, vectors>,  product<3, vectors>,
                                      product<4, vectors>,  product<5, vectors>,  product<6, vectors>,
                                      product<7, vectors>,  product<8, vectors>,  product<9, vectors>,
                                      product<10, vectors>, product<11, vectors>, product<12, vectors>};
  return table[rows - 1];
}

/// One block of pixels of one sample.
void block(const Problem& p, const Operands& o, std::int64_t count) {
  const std::int64_t parts = (count + kRows - 1) / kRows;
  for (std::int64_t panel = 0; panel < p.out; panel += kPanel) {
    const std::int64_t channels = std::min(kPanel, p.out - panel);
    const bool wide = channels > 16;
    const std::int64_t rest = channels - (wide ? 16 : 0);
    for (std::int64_t part = 0; part < parts; ++part) {
      const std::int64_t begin = count * part / parts, rows = count * (part + 1) / parts - begin;
      const std::int64_t place = begin * p.y.pixel + panel;
      const Target t{o.y + place, o.bias ? o.bias + panel : nullptr,        o.mask ? o.mask + place : nullptr,
                     p.y.pixel,   static_cast<__mmask16>((1U << rest) - 1), p.relu};
      const Product f = wide ? product_of<2>(rows) : product_of<1>(rows);
      f(o.x + begin * p.x.pixel, p.x.pixel, p.in, o.weights + panel * p.in, t);
    }
  }
}

/// Pixels that follow each other at one distance.
void line(const Problem& p, const Operands& o, std::int64_t x, std::int64_t y, std::int64_t pixels) {
  for (std::int64_t begin = 0; begin < pixels; begin += kBlock) {
    const std::int64_t place = y + begin * p.y.pixel;
    block(p, {o.x + x + begin * p.x.pixel, o.weights, o.bias, o.mask ? o.mask + place : nullptr, o.y + place},
          std::min(kBlock, pixels - begin));
  }
}

/// Pixels that see zeros alone.
void border(const Problem& p, const Operands& o, std::int64_t y, std::int64_t pixels) {
  for (std::int64_t j = 0; j < pixels; ++j)
    for (std::int64_t k = 0; k < p.out; ++k) {
      const std::int64_t place = y + j * p.y.pixel + k;
      const float value = o.bias ? o.bias[k] : 0.0F;
      o.y[place] = (p.relu && !(value > 0)) || (o.mask && !(o.mask[place] > 0)) ? 0.0F : value;
    }
}

void padded(const Problem& p, const Operands& o, std::int64_t sample) {
  const std::int64_t begin = std::clamp<std::int64_t>(p.left, 0, p.out_width);
  const std::int64_t end = std::clamp<std::int64_t>(p.left + p.width, begin, p.out_width);
  for (std::int64_t i = 0; i < p.out_height; ++i) {
    const std::int64_t row = i - p.top, y = sample * p.y.sample + i * p.y.row;
    const bool inside = row >= 0 && row < p.height;
    border(p, o, y, inside ? begin : p.out_width);
    if (!inside) continue;
    line(p, o, sample * p.x.sample + row * p.x.row + (begin - p.left) * p.x.pixel, y + begin * p.y.pixel, end - begin);
    border(p, o, y + end * p.y.pixel, p.out_width - end);
  }
}

}  // namespace

void pack(const float* w, std::int64_t in, std::int64_t out, std::int64_t out_stride, std::int64_t in_stride,
          float* result) {
  for (std::int64_t panel = 0; panel < out; panel += kPanel) {
    const std::int64_t channels = std::min(kPanel, out - panel), width = channels > 16 ? 32 : 16;
    for (std::int64_t c = 0; c < in; ++c, result += width)
      for (std::int64_t k = 0; k < width; ++k)
        result[k] = k < channels ? w[(panel + k) * out_stride + c * in_stride] : 0.0F;
  }
}

void run(const Problem& p, const Operands& o) {
  const bool same = p.top == 0 && p.left == 0 && p.height == p.out_height && p.width == p.out_width;
  const bool dense = p.x.row == p.width * p.x.pixel && p.y.row == p.out_width * p.y.pixel;
  for (std::int64_t n = 0; n < p.samples; ++n)
    if (same && dense)
      line(p, o, n * p.x.sample, n * p.y.sample, p.height * p.width);
    else
      padded(p, o, n);
}

}  // namespace backflow::pixelwise
