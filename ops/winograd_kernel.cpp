#include "ops/winograd_kernel.h"

#include <algorithm>

#include "ops/winograd_points.h"

namespace backflow::winograd {
namespace {

constexpr std::int64_t kBlock = 48;  // tiles at once: their transforms and a panel of weights stay in the L2 cache
constexpr std::int64_t kPanel = 32;  // output channels at once: two vectors
constexpr std::int64_t kRows = 12;   // tiles in registers at once
constexpr std::int64_t kApart = 16;  // between the 36 planes, whose distance would else be a power of two

/// Aᵀ m A of one tile and one vector of channels, with what comes after it.
BACKFLOW_AVX512 void output_tile(const Problem& p, const Operands& o, std::int64_t tile, std::int64_t channel,
                                 const float* m, std::int64_t plane) {
  const Corner at = corner_of(p, tile);
  const std::int64_t rows = std::min<std::int64_t>(4, p.out_height - at.row);
  const std::int64_t columns = std::min<std::int64_t>(4, p.out_width - at.column);
  const std::int64_t first = at.sample * p.y.sample + at.row * p.y.row + at.column * p.y.pixel + channel;
  Vector half[24], line[6];
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 6; ++j) line[j] = _mm512_loadu_ps(m + (i * 6 + j) * plane);
    from_points(line, 1, half + i * 4, 1);
  }
  const Vector zero = _mm512_setzero_ps(), bias = o.bias ? _mm512_loadu_ps(o.bias + channel) : zero;
  for (std::int64_t j = 0; j < columns; ++j) {
    from_points(half + j, 4, line, 1);
    for (std::int64_t i = 0; i < rows; ++i) {
      const std::int64_t place = first + i * p.y.row + j * p.y.pixel;
      Vector y = _mm512_add_ps(line[i], bias);
      if (p.relu) y = _mm512_max_ps(y, zero);
      if (o.mask) y = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(_mm512_loadu_ps(o.mask + place), zero, _CMP_GT_OQ), y);
      _mm512_storeu_ps(o.y + place, y);
    }
  }
}

/// m [rows, 16 · vectors] = v [rows, depth] · w [depth, 16 · vectors].
template <int rows, int vectors>
BACKFLOW_AVX512 void product(const float* v, std::int64_t depth, const float* w, float* m) {
  Vector sum[rows][vectors];
  for (auto& row : sum)
    for (Vector& x : row) x = _mm512_setzero_ps();
  for (std::int64_t k = 0; k < depth; ++k, w += 16 * vectors) {
    Vector b[vectors];
    for (int i = 0; i < vectors; ++i) b[i] = _mm512_loadu_ps(w + 16 * i);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      const Vector a = all(v[r * depth + k]);
      for (int i = 0; i < vectors; ++i) sum[r][i] = _mm512_fmadd_ps(a, b[i], sum[r][i]);
    }
  }
  for (int r = 0; r < rows; ++r)
    for (int i = 0; i < vectors; ++i) _mm512_storeu_ps(m + (r * vectors + i) * 16, sum[r][i]);
}

using Product = void (*)(const float*, std::int64_t, const float*, float*);

template <int vectors>
Product product_of(std::int64_t rows) {
  static constexpr Product table[] = {product<1, vectors>,  product<2, vectors>,  product<3, vectors>,
                                      product<4, vectors>,  product<5, vectors>,  product<6, vectors>,
                                      product<7, vectors>,  product<8, vectors>,  product<9, vectors>,
                                      product<10, vectors>, product<11, vectors>, product<12, vectors>};
  return table[rows - 1];
}

void multiply(const float* v, std::int64_t rows, std::int64_t depth, const float* w, std::int64_t vectors, float* m) {
  const std::int64_t parts = (rows + kRows - 1) / kRows;
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t begin = rows * part / parts, count = rows * (part + 1) / parts - begin;
    const Product f = vectors == 2 ? product_of<2>(count) : product_of<1>(count);
    f(v + begin * depth, depth, w, m + begin * 16 * vectors);
  }
}

struct Blocks {
  std::int64_t length, plane_in, plane_out;

  explicit Blocks(const Problem& p) {
    const std::int64_t count = (p.tiles() + kBlock - 1) / kBlock;
    length = (p.tiles() + count - 1) / count;
    plane_in = length * p.in + kApart;
    plane_out = length * kPanel + kApart;
  }
};

/// G w Gᵀ of 16 output channels of one input channel: plain loops over 16 lanes.
BACKFLOW_INLINE void transform_lanes(const Weights& w, const float* from, float* to, std::int64_t plane) {
  constexpr float na = 1 / (2 * kA2 * (kA2 - kB2)), nb = 1 / (2 * kB2 * (kB2 - kA2));
  constexpr float g[6][3] = {{1 / kProduct, 0, 0},    {na, kA * na, kA2 * na},  {na, -kA * na, kA2 * na},
                             {nb, kB * nb, kB2 * nb}, {nb, -kB * nb, kB2 * nb}, {0, 0, 1}};
  float line[9][16], half[6][3][16];
  for (std::int64_t e = 0; e < 9; ++e) {
    const std::int64_t place = w.turned ? 8 - e : e;
    const float* f = from + place / 3 * w.row_stride + place % 3 * w.column_stride;
    for (std::int64_t l = 0; l < 16; ++l) line[e][l] = f[l * w.out_stride];
  }
  for (int i = 0; i < 6; ++i)
    for (int j = 0; j < 3; ++j)
      for (int l = 0; l < 16; ++l)
        half[i][j][l] = g[i][0] * line[j][l] + g[i][1] * line[3 + j][l] + g[i][2] * line[6 + j][l];
  for (int i = 0; i < 6; ++i)
    for (int j = 0; j < 6; ++j)
      for (int l = 0; l < 16; ++l)
        to[(i * 6 + j) * plane + l] = half[i][0][l] * g[j][0] + half[i][1][l] * g[j][1] + half[i][2][l] * g[j][2];
}

BACKFLOW_AVX512 void transform_avx512(const Weights& w, const float* from, float* to, std::int64_t plane) {
  transform_lanes(w, from, to, plane);
}

}  // namespace

void transform(const Weights& w, float* result) {
  for (std::int64_t panel = 0; panel < w.out; panel += kPanel) {
    const std::int64_t width = std::min(kPanel, w.out - panel);
    for (std::int64_t c = 0; c < w.in; ++c)
      for (std::int64_t k = 0; k < width; k += 16)
        transform_avx512(w, w.data + (panel + k) * w.out_stride + c * w.in_stride,
                         result + panel * 36 * w.in + c * width + k, w.in * width);
  }
}

std::int64_t scratch_elements(const Problem& p) {
  const Blocks blocks(p);
  return 36 * (blocks.plane_in + blocks.plane_out) + p.in;
}

void run(const Problem& p, const Operands& o) {
  const Blocks blocks(p);
  float *v = o.scratch, *m = v + 36 * blocks.plane_in, *zeros = m + 36 * blocks.plane_out;
  std::fill_n(zeros, p.in, 0.0F);
  for (std::int64_t begin = 0; begin < p.tiles(); begin += blocks.length) {
    const std::int64_t count = std::min(blocks.length, p.tiles() - begin);
    for (std::int64_t t = 0; t < count; ++t) input_tile(p, o.x, begin + t, zeros, v + t * p.in, blocks.plane_in);
    for (std::int64_t panel = 0; panel < p.out; panel += kPanel) {
      const std::int64_t width = std::min(kPanel, p.out - panel);
      const float* w = o.weights + panel * 36 * p.in;
      for (std::int64_t e = 0; e < 36; ++e)
        multiply(v + e * blocks.plane_in, count, p.in, w + e * p.in * width, width / 16, m + e * blocks.plane_out);
      for (std::int64_t t = 0; t < count; ++t)
        for (std::int64_t k = 0; k < width; k += 16)
          output_tile(p, o, begin + t, panel + k, m + t * width + k, blocks.plane_out);
    }
  }
}

}  // namespace backflow::winograd
