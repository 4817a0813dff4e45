// The adjoint of winograd_kernel.cpp's convolution by its weights: dw = Gᵀ [Σ over tiles of (Bᵀ x B)ᵀ (A dy Aᵀ)] G.
#include <backflow/ops/kernels/winograd_points.h>

#if defined(__x86_64__)

namespace backflow::winograd {
namespace {

constexpr std::int64_t kGradientBlock = 48;  // tiles at once
constexpr std::int64_t kPlaneGap = 16;       // between planes, whose distance would else be a power of two

/// A d: four outputs, `step` apart, to six points.
BACKFLOW_AVX512 inline void outputs_to_points(const Vector* d, std::int64_t step, Vector* o, std::int64_t apart) {
  const Vector d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step];
  const Vector even_a = _mm512_fmadd_ps(all(kA2), d2, d0), even_b = _mm512_fmadd_ps(all(kB2), d2, d0);
  const Vector odd_a = _mm512_fmadd_ps(all(kA2 * kA), d3, _mm512_mul_ps(all(kA), d1));
  const Vector odd_b = _mm512_fmadd_ps(all(kB2 * kB), d3, _mm512_mul_ps(all(kB), d1));
  o[0] = d0;
  o[apart] = _mm512_add_ps(even_a, odd_a);
  o[2 * apart] = _mm512_sub_ps(even_a, odd_a);
  o[3 * apart] = _mm512_add_ps(even_b, odd_b);
  o[4 * apart] = _mm512_sub_ps(even_b, odd_b);
  o[5 * apart] = d3;
}

/// A dy Aᵀ of one tile, all channels.
BACKFLOW_AVX512 void gradient_tile(const Problem& p, const float* dy, std::int64_t tile, float* m, std::int64_t plane) {
  const Corner at = corner_of(p, tile);
  const std::int64_t rows = std::min<std::int64_t>(4, p.out_height - at.row);
  const std::int64_t columns = std::min<std::int64_t>(4, p.out_width - at.column);
  const float* from = dy + at.sample * p.y.sample + at.row * p.y.row + at.column * p.y.pixel;
  for (std::int64_t k = 0; k < p.out; k += 16) {
    Vector half[24], line[6];
    for (std::int64_t i = 0; i < 4; ++i) {
      for (std::int64_t j = 0; j < 4; ++j)
        line[j] =
            i < rows && j < columns ? _mm512_loadu_ps(from + i * p.y.row + j * p.y.pixel + k) : _mm512_setzero_ps();
      outputs_to_points(line, 1, half + i * 6, 1);
    }
    for (int j = 0; j < 6; ++j) {
      outputs_to_points(half + j, 6, line, 1);
      for (int i = 0; i < 6; ++i) _mm512_storeu_ps(m + (i * 6 + j) * plane + k, line[i]);
    }
  }
}

/// u [rows, 16 · vectors] += vᵀ m over `count` tiles.
template <int rows, int vectors>
BACKFLOW_AVX512 void product(const float* v, std::int64_t v_step, const float* m, std::int64_t m_step,
                             std::int64_t count, float* u, std::int64_t u_step) {
  Vector sum[rows][vectors];
  for (int r = 0; r < rows; ++r)
    for (int i = 0; i < vectors; ++i) sum[r][i] = _mm512_loadu_ps(u + r * u_step + 16 * i);
  for (std::int64_t t = 0; t < count; ++t, v += v_step, m += m_step) {
    Vector b[vectors];
    for (int i = 0; i < vectors; ++i) b[i] = _mm512_loadu_ps(m + 16 * i);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      const Vector a = all(v[r]);
      for (int i = 0; i < vectors; ++i) sum[r][i] = _mm512_fmadd_ps(a, b[i], sum[r][i]);
    }
  }
  for (int r = 0; r < rows; ++r)
    for (int i = 0; i < vectors; ++i) _mm512_storeu_ps(u + r * u_step + 16 * i, sum[r][i]);
}

using Product = void (*)(const float*, std::int64_t, const float*, std::int64_t, std::int64_t, float*, std::int64_t);

/// Input channels are multiples of 16: blocks of 12, 8 and 4 are enough.
template <int vectors>
Product product_of(std::int64_t rows) {
  return rows == 12 ? product<12, vectors> : rows == 8 ? product<8, vectors> : product<4, vectors>;
}

struct Planes {
  std::int64_t v, m, u;  // elements from one to the next

  explicit Planes(const Problem& p)
      : v(kGradientBlock * p.in + kPlaneGap), m(kGradientBlock * p.out + kPlaneGap), u(p.in * p.out) {}
};

void multiply(const Problem& p, const float* v, const float* m, std::int64_t count, float* u) {
  for (std::int64_t c = 0; c < p.in; c += kRows) {
    const std::int64_t rows = std::min(kRows, p.in - c);
    for (std::int64_t k = 0; k < p.out; k += 32) {
      const Product f = p.out - k >= 32 ? product_of<2>(rows) : product_of<1>(rows);
      f(v + c, p.in, m + k, p.out, count, u + c * p.out + k, p.out);
    }
  }
}

/// Gᵀ u: six points, `step` apart, to three places of the window.
BACKFLOW_AVX512 inline void to_window(const Vector* u, std::int64_t step, Vector* o, std::int64_t apart) {
  constexpr float n0 = 1 / kProduct, na = 1 / (2 * kA2 * (kA2 - kB2)), nb = 1 / (2 * kB2 * (kB2 - kA2));
  const Vector sum_a = _mm512_add_ps(u[step], u[2 * step]), difference_a = _mm512_sub_ps(u[step], u[2 * step]);
  const Vector sum_b = _mm512_add_ps(u[3 * step], u[4 * step]);
  const Vector difference_b = _mm512_sub_ps(u[3 * step], u[4 * step]);
  o[0] = _mm512_fmadd_ps(all(n0), u[0], _mm512_fmadd_ps(all(na), sum_a, _mm512_mul_ps(all(nb), sum_b)));
  o[apart] = _mm512_fmadd_ps(all(na * kA), difference_a, _mm512_mul_ps(all(nb * kB), difference_b));
  o[2 * apart] = _mm512_fmadd_ps(all(na * kA2), sum_a, _mm512_fmadd_ps(all(nb * kB2), sum_b, u[5 * step]));
}

/// Gᵀ u G of 16 channel pairs.
BACKFLOW_AVX512 void window_of(const float* u, std::int64_t plane, float* dw) {
  Vector half[18], line[6];
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 6; ++j) line[j] = _mm512_loadu_ps(u + (i * 6 + j) * plane);
    to_window(line, 1, half + i * 3, 1);
  }
  for (int j = 0; j < 3; ++j) {
    to_window(half + j, 3, line, 1);
    for (int i = 0; i < 3; ++i) _mm512_storeu_ps(dw + (i * 3 + j) * plane, line[i]);
  }
}

}  // namespace

std::int64_t gradient_scratch_elements(const Problem& p) {
  const Planes planes(p);
  return 36 * (planes.v + planes.m + planes.u) + p.in;
}

void weight_gradient(const Problem& p, const float* x, const float* dy, float* dw, float* scratch) {
  const Planes planes(p);
  float *v = scratch, *m = v + 36 * planes.v, *u = m + 36 * planes.m, *zeros = u + 36 * planes.u;
  std::fill(u, zeros + p.in, 0.0F);
  for (std::int64_t begin = 0; begin < p.tiles(); begin += kGradientBlock) {
    const std::int64_t count = std::min(kGradientBlock, p.tiles() - begin);
    for (std::int64_t t = 0; t < count; ++t) {
      input_tile(p, x, begin + t, zeros, v + t * p.in, planes.v);
      gradient_tile(p, dy, begin + t, m + t * p.out, planes.m);
    }
    for (std::int64_t e = 0; e < 36; ++e) multiply(p, v + e * planes.v, m + e * planes.m, count, u + e * planes.u);
  }
  for (std::int64_t i = 0; i < planes.u; i += 16) window_of(u + i, planes.u, dw + i);
}

}  // namespace backflow::winograd

#endif
