// The inner loop of the convolutions that are matrix products: rows of numbers times a panel of 16 to 64 columns, whose
// sums stay in registers. Needs AVX-512. Internal to ops/.
#pragma once

#include <array>
#include <cstdint>
#include <utility>

#include <backflow/ops/kernels/isa.h>

#if defined(__x86_64__)
#include <immintrin.h>

namespace backflow {

constexpr std::int64_t kPanel = 32;        // columns at once: two vectors
constexpr std::int64_t kWidestPanel = 64;  // four
constexpr std::int64_t kRows = 12;         // rows in registers at once, at most

using Vector = __m512;

BACKFLOW_AVX512 inline Vector all(float x) { return _mm512_set1_ps(x); }

/// Rows, `pitch` apart.
struct PanelRows {
  const float* data;
  std::int64_t pitch, depth;
};

/// x [rows, depth] · w [depth, 16 · vectors]. Sums are given to end.put(row, vector), after end.expect(rows).
template <int rows, int vectors, class End>
BACKFLOW_AVX512 void panel_product(const PanelRows& x, const float* w, const End& end) {
  Vector sum[rows][vectors];
  for (auto& row : sum)
    for (Vector& s : row) s = _mm512_setzero_ps();
  end.template expect<vectors>(rows);
  for (std::int64_t k = 0; k < x.depth; ++k, w += 16 * vectors) {
    Vector b[vectors];
    for (int i = 0; i < vectors; ++i) b[i] = _mm512_loadu_ps(w + 16 * i);
#pragma GCC unroll 16
    for (int r = 0; r < rows; ++r) {
      const Vector a = all(x.data[r * x.pitch + k]);
      for (int i = 0; i < vectors; ++i) sum[r][i] = _mm512_fmadd_ps(a, b[i], sum[r][i]);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < rows; ++r)
    for (int i = 0; i < vectors; ++i) end.template put<vectors>(r, i, sum[r][i]);
}

/// As many rows as leave registers for the panel.
template <int vectors>
constexpr int rows_at_once = vectors <= 2   ? kRows
                             : vectors == 3 ? 8
                                            : 6;

/// Any number of rows; end.at(row) is the end of what begins with that row.
template <int vectors, class End>
void multiply_panel(const PanelRows& x, std::int64_t rows, const float* w, const End& end) {
  using Product = void (*)(const PanelRows&, const float*, const End&);
  static constexpr auto table = []<int... r>(std::integer_sequence<int, r...>) {
    return std::array<Product, sizeof...(r)>{panel_product<r + 1, vectors, End>...};
  }
  (std::make_integer_sequence<int, rows_at_once<vectors>>());
  const std::int64_t most = rows_at_once<vectors>, parts = (rows + most - 1) / most;
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t begin = rows * part / parts, count = rows * (part + 1) / parts - begin;
    table[static_cast<std::size_t>(count - 1)]({x.data + begin * x.pitch, x.pitch, x.depth}, w, end.at(begin));
  }
}

template <class End>
void multiply_panel(const PanelRows& x, std::int64_t rows, const float* w, std::int64_t vectors, const End& end) {
  switch (vectors) {
    case 1:
      return multiply_panel<1>(x, rows, w, end);
    case 2:
      return multiply_panel<2>(x, rows, w, end);
    case 3:
      return multiply_panel<3>(x, rows, w, end);
    default:
      return multiply_panel<4>(x, rows, w, end);
  }
}

}  // namespace backflow

#endif
