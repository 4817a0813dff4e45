// The inner loop of the convolutions that are matrix products: rows of numbers times a panel of 16 or 32 columns, whose
// sums stay in registers. Needs AVX-512. Internal to ops/.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "ops/isa.h"

namespace backflow {

constexpr std::int64_t kPanel = 32;  // columns at once: two vectors
constexpr std::int64_t kRows = 12;   // rows in registers at once

using Vector = __m512;

BACKFLOW_AVX512 inline Vector all(float x) { return _mm512_set1_ps(x); }

/// Rows, `pitch` apart.
struct PanelRows {
  const float* data;
  std::int64_t pitch, depth;
};

/// x [rows, depth] · w [depth, 16 · vectors]. Sums are given to end.put(row, vector).
template <int rows, int vectors, class End>
BACKFLOW_AVX512 void panel_product(const PanelRows& x, const float* w, const End& end) {
  Vector sum[rows][vectors];
  for (auto& row : sum)
    for (Vector& s : row) s = _mm512_setzero_ps();
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

template <int vectors, class End>
auto panel_product_of(std::int64_t rows) {
  using Product = void (*)(const PanelRows&, const float*, const End&);
  static constexpr Product table[] = {
      panel_product<1, vectors, End>,  panel_product<2, vectors, End>,  panel_product<3, vectors, End>,
      panel_product<4, vectors, End>,  panel_product<5, vectors, End>,  panel_product<6, vectors, End>,
      panel_product<7, vectors, End>,  panel_product<8, vectors, End>,  panel_product<9, vectors, End>,
      panel_product<10, vectors, End>, panel_product<11, vectors, End>, panel_product<12, vectors, End>};
  return table[rows - 1];
}

/// Any number of rows; end.at(row) is the end of what begins with that row.
template <class End>
void multiply_panel(const PanelRows& x, std::int64_t rows, const float* w, bool wide, const End& end) {
  const std::int64_t parts = (rows + kRows - 1) / kRows;
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t begin = rows * part / parts, count = rows * (part + 1) / parts - begin;
    const auto f = wide ? panel_product_of<2, End>(count) : panel_product_of<1, End>(count);
    f({x.data + begin * x.pitch, x.pitch, x.depth}, w, end.at(begin));
  }
}

}  // namespace backflow
