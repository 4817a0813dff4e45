// From tiles to points and back, for winograd_kernel.cpp and winograd_weight_gradient.cpp; the matrices are those of
// the article that winograd_kernel.h names. Internal to ops/.
#pragma once

#include <algorithm>

#include <backflow/ops/kernels/panel_product.h>
#include <backflow/ops/kernels/winograd_kernel.h>

#if defined(__x86_64__)

namespace backflow::winograd {

constexpr float kA = 21.0F / 32, kB = 1.5F;  // the points ±kA, ±kB
constexpr float kA2 = kA * kA, kB2 = kB * kB, kSum = kA2 + kB2, kProduct = kA2 * kB2;

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

/// Aᵀ m: six points to three or four outputs.
template <int outputs>
BACKFLOW_AVX512 inline void from_points(const Vector* m, std::int64_t step, Vector* o, std::int64_t apart) {
  const Vector sum_a = _mm512_add_ps(m[step], m[2 * step]), difference_a = _mm512_sub_ps(m[step], m[2 * step]);
  const Vector sum_b = _mm512_add_ps(m[3 * step], m[4 * step]), difference_b = _mm512_sub_ps(m[3 * step], m[4 * step]);
  const Vector square = _mm512_mul_ps(all(kB2), sum_b), infinity = m[5 * step];
  o[0] = _mm512_add_ps(m[0], _mm512_add_ps(sum_a, sum_b));
  o[apart] = _mm512_fmadd_ps(all(kA), difference_a, _mm512_mul_ps(all(kB), difference_b));
  o[2 * apart] = _mm512_fmadd_ps(all(kA2), sum_a, outputs == 3 ? _mm512_add_ps(square, infinity) : square);
  if constexpr (outputs == 4)
    o[3 * apart] = _mm512_fmadd_ps(all(kA2 * kA), difference_a, _mm512_fmadd_ps(all(kB2 * kB), difference_b, infinity));
}

/// Which numbers of a cell lie in the image: of its upper pixels, and behind them of its lower ones.
struct CellLanes {
  __mmask16 upper = 0, lower = 0;

  CellLanes(std::int64_t row, std::int64_t column, std::int64_t height, std::int64_t width, std::int64_t channels) {
    const auto inside = [](std::int64_t i, std::int64_t n) { return i >= 0 && i < n; };
    const unsigned pixel = (1U << channels) - 1;
    const unsigned line = (inside(column, width) ? pixel : 0) | (inside(column + 1, width) ? pixel << channels : 0);
    if (inside(row, height)) upper = static_cast<__mmask16>(line);
    if (inside(row + 1, height)) lower = static_cast<__mmask16>(line << (2 * channels));
  }
};

/// Which outputs a tile makes.
struct Corner {
  std::int64_t sample, row, column;
};

inline Corner corner_of(const Problem& p, std::int64_t tile) {
  return {tile / (p.across() * p.down()), tile / p.across() % p.down() * p.outputs(), tile % p.across() * p.outputs()};
}

/// Where a tile's 36 inputs lie: pixels of the image, or of cells (see Problem) the two rows of 2 C numbers.
class Inputs {
 public:
  Inputs(const Problem& p, const float* x, const Corner& at, const float* zeros) {
    const float* sample = x + at.sample * p.x.sample;
    for (std::int64_t e = 0; e < 36; ++e) {
      const std::int64_t row = at.row + e / 6, column = at.column + e % 6;
      if (p.space_to_depth_in) {
        cell(p, sample, 2 * row - p.top, 2 * column - p.left, e);
      } else {
        const std::int64_t i = row - p.top, j = column - p.left;
        const bool inside = i >= 0 && i < p.height && j >= 0 && j < p.width;
        from_[e] = inside ? sample + i * p.x.row + j * p.x.pixel : zeros;
      }
    }
  }

  BACKFLOW_AVX512 Vector load(int e, std::int64_t channel) const { return _mm512_loadu_ps(from_[e] + channel); }
  BACKFLOW_AVX512 Vector load_cell(int e) const {
    return _mm512_mask_loadu_ps(_mm512_maskz_loadu_ps(lanes_[e], from_[e]), lower_lanes_[e], lower_[e]);
  }

 private:
  void cell(const Problem& p, const float* sample, std::int64_t row, std::int64_t column, std::int64_t e) {
    const CellLanes lanes(row, column, p.height, p.width, p.in / 4);
    from_[e] = sample + row * p.x.row + column * p.x.pixel;
    lower_[e] = from_[e] + p.x.row - p.in / 2;
    lanes_[e] = lanes.upper;
    lower_lanes_[e] = lanes.lower;
  }

  const float *from_[36], *lower_[36];
  __mmask16 lanes_[36], lower_lanes_[36];
};

/// Bᵀ d B of one tile, all channels: 36 planes, `plane` apart.
BACKFLOW_AVX512 inline void input_tile(const Problem& p, const float* x, std::int64_t tile, const float* zeros,
                                       float* v, std::int64_t plane) {
  const Inputs from(p, x, corner_of(p, tile), zeros);
  for (std::int64_t c = 0; c < p.in; c += 16) {
    Vector half[36], line[6];
    for (int i = 0; i < 6; ++i) {
      for (int j = 0; j < 6; ++j) line[j] = p.space_to_depth_in ? from.load_cell(i * 6 + j) : from.load(i * 6 + j, c);
      to_points(line, 1, half + i * 6, 1);
    }
    for (int j = 0; j < 6; ++j) {
      to_points(half + j, 6, line, 1);
      for (int i = 0; i < 6; ++i) _mm512_storeu_ps(v + (i * 6 + j) * plane + c, line[i]);
    }
  }
}

}  // namespace backflow::winograd

#endif
