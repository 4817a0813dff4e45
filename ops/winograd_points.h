// From tiles to points and back, for winograd_kernel.cpp and winograd_weight_gradient.cpp; the matrices are those of
// the article that winograd_kernel.h names. Internal to ops/.
#pragma once

#include <immintrin.h>

#include <algorithm>

#include "ops/isa.h"
#include "ops/winograd_kernel.h"

namespace backflow::winograd {

constexpr float kA = 21.0F / 32, kB = 1.5F;  // the points ±kA, ±kB
constexpr float kA2 = kA * kA, kB2 = kB * kB, kSum = kA2 + kB2, kProduct = kA2 * kB2;

using Vector = __m512;

BACKFLOW_AVX512 inline Vector all(float x) { return _mm512_set1_ps(x); }

/// Bᵀ d: six inputs, `step` apart, to six points.
BACKFLOW_AVX512 inline void to_points(const Vector* d, std::int64_t step, Vector* o, std::int64_t apart) {
  const Vector d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
  const Vector even_a = _mm512_fnmadd_ps(all(kB2), d2, d4), even_b = _mm512_fnmadd_ps(all(kA2), d2, d4);
  const Vector odd_a = _mm512_mul_ps(all(kA), _mm512_fnmadd_ps(all(kB2), d1, d3));
  const Vector odd_b = _mm512_mul_ps(all(kB), _mm512_fnmadd_ps(all(kA2), d1, d3));
  o[0] = _mm512_fmadd_ps(all(kProduct), d0, _mm512_fnmadd_ps(all(kSum), d2, d4));
  o[apart] = _mm512_add_ps(even_a, odd_a);
  o[2 * apart] = _mm512_sub_ps(even_a, odd_a);
  o[3 * apart] = _mm512_add_ps(even_b, odd_b);
  o[4 * apart] = _mm512_sub_ps(even_b, odd_b);
  o[5 * apart] = _mm512_fmadd_ps(all(kProduct), d1, _mm512_fnmadd_ps(all(kSum), d3, d5));
}

/// Aᵀ m: six points to four outputs.
BACKFLOW_AVX512 inline void from_points(const Vector* m, std::int64_t step, Vector* o, std::int64_t apart) {
  const Vector sum_a = _mm512_add_ps(m[step], m[2 * step]), difference_a = _mm512_sub_ps(m[step], m[2 * step]);
  const Vector sum_b = _mm512_add_ps(m[3 * step], m[4 * step]), difference_b = _mm512_sub_ps(m[3 * step], m[4 * step]);
  o[0] = _mm512_add_ps(m[0], _mm512_add_ps(sum_a, sum_b));
  o[apart] = _mm512_fmadd_ps(all(kA), difference_a, _mm512_mul_ps(all(kB), difference_b));
  o[2 * apart] = _mm512_fmadd_ps(all(kA2), sum_a, _mm512_mul_ps(all(kB2), sum_b));
  o[3 * apart] =
      _mm512_fmadd_ps(all(kA2 * kA), difference_a, _mm512_fmadd_ps(all(kB2 * kB), difference_b, m[5 * step]));
}

/// Which outputs a tile makes.
struct Corner {
  std::int64_t sample, row, column;
};

inline Corner corner_of(const Problem& p, std::int64_t tile) {
  return {tile / (p.across() * p.down()), tile / p.across() % p.down() * 4, tile % p.across() * 4};
}

/// Bᵀ d B of one tile, all channels: 36 planes, `plane` apart.
BACKFLOW_AVX512 inline void input_tile(const Problem& p, const float* x, std::int64_t tile, const float* zeros,
                                       float* v, std::int64_t plane) {
  const Corner at = corner_of(p, tile);
  const float* from[36];
  for (std::int64_t i = 0; i < 6; ++i)
    for (std::int64_t j = 0; j < 6; ++j) {
      const std::int64_t row = at.row + i - p.top, column = at.column + j - p.left;
      const bool inside = row >= 0 && row < p.height && column >= 0 && column < p.width;
      from[i * 6 + j] = inside ? x + at.sample * p.x.sample + row * p.x.row + column * p.x.pixel : zeros;
    }
  for (std::int64_t c = 0; c < p.in; c += 16) {
    Vector half[36], line[6];
    for (int i = 0; i < 6; ++i) {
      for (int j = 0; j < 6; ++j) line[j] = _mm512_loadu_ps(from[i * 6 + j] + c);
      to_points(line, 1, half + i * 6, 1);
    }
    for (int j = 0; j < 6; ++j) {
      to_points(half + j, 6, line, 1);
      for (int i = 0; i < 6; ++i) _mm512_storeu_ps(v + (i * 6 + j) * plane + c, line[i]);
    }
  }
}

}  // namespace backflow::winograd
