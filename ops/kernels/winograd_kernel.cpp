#include <backflow/ops/kernels/winograd_kernel.h>

#include <algorithm>
#include <array>

#include <backflow/ops/kernels/winograd_points.h>

#if defined(__x86_64__)

namespace backflow::winograd {
namespace {

constexpr std::int64_t kBlock = 48;  // tiles at once: their transforms and a panel of weights stay in the L2 cache
constexpr std::int64_t kApart = 16;  // between the 36 planes, whose distance would else be a power of two

/// What comes after Aᵀ m A, and where its tile goes.
struct Outputs {
  Outputs(const Problem& problem, const Operands& operands, std::int64_t tile)
      : p(problem), o(operands), at(corner_of(problem, tile)), step(problem.space_to_depth_out ? 2 : 1) {
    first = at.sample * p.y.sample + step * (at.row * p.y.row + at.column * p.y.pixel);
    rows = std::min(p.outputs(), (p.out_height - step * at.row + step - 1) / step);
    columns = std::min(p.outputs(), (p.out_width - step * at.column + step - 1) / step);
  }

  BACKFLOW_AVX512 void put(std::int64_t i, std::int64_t j, std::int64_t channel, Vector y) const {
    if (p.space_to_depth_out) {
      const std::int64_t place = first + 2 * (i * p.y.row + j * p.y.pixel) + channel;
      const CellLanes lanes(2 * (at.row + i), 2 * (at.column + j), p.out_height, p.out_width, p.out / 4);
      _mm512_mask_storeu_ps(o.y + place, lanes.upper, y);
      _mm512_mask_storeu_ps(o.y + place + p.y.row - p.out / 2, lanes.lower, y);
      return;
    }
    const auto beside = [&](const Beside& b) {
      return b.at(b.place.offset(at.sample, at.row + i, at.column + j) + channel).data;
    };
    y = after_vector(p.after, y, beside(o.residual), beside(o.mask), 0xFFFF);
    _mm512_storeu_ps(o.y + first + i * p.y.row + j * p.y.pixel + channel, y);
  }

  const Problem& p;
  const Operands& o;
  Corner at;
  std::int64_t step, first, rows, columns;
};

/// Aᵀ m A of one tile and one vector of channels.
template <int outputs>
BACKFLOW_AVX512 void output_tile(const Outputs& to, std::int64_t channel, const float* m, std::int64_t plane) {
  Vector half[6 * outputs], line[6];
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 6; ++j) line[j] = _mm512_loadu_ps(m + (i * 6 + j) * plane);
    from_points<outputs>(line, 1, half + i * outputs, 1);
  }
  const Vector bias = to.o.bias ? _mm512_loadu_ps(to.o.bias + channel) : _mm512_setzero_ps();
  for (std::int64_t j = 0; j < to.columns; ++j) {
    from_points<outputs>(half + j, outputs, line, 1);
    for (std::int64_t i = 0; i < to.rows; ++i) to.put(i, j, channel, _mm512_add_ps(line[i], bias));
  }
}

/// Rows of products side by side.
struct Products {
  float* m;
  std::int64_t pitch;

  Products at(std::int64_t row) const { return {m + row * pitch, pitch}; }
  template <int vectors>
  void expect(int) const {}
  template <int vectors>
  BACKFLOW_AVX512 void put(int row, int i, Vector sum) const {
    _mm512_storeu_ps(m + (row * vectors + i) * 16, sum);
  }
};

struct Blocks {
  std::int64_t length, pitch, plane_in, plane_out;

  explicit Blocks(const Problem& p) {
    const std::int64_t count = (p.tiles() + kBlock - 1) / kBlock;
    length = (p.tiles() + count - 1) / count;
    pitch = whole_vectors(p.in);
    plane_in = length * pitch + kApart;
    plane_out = length * kPanel + kApart;
  }
};

/// G: a row of powers of each point, and of ∞ the highest alone.
template <int taps>
constexpr auto kWeightsToPoints = [] {
  constexpr float n0 = 1 / kProduct, na = 1 / (2 * kA2 * (kA2 - kB2)), nb = 1 / (2 * kB2 * (kB2 - kA2));
  constexpr float point[] = {0, kA, -kA, kB, -kB}, factor[] = {n0, na, na, nb, nb};
  std::array<std::array<float, taps>, 6> g{};
  for (std::size_t i = 0; i < 5; ++i) {
    g[i][0] = factor[i];
    for (std::size_t t = 1; t < taps; ++t) g[i][t] = g[i][t - 1] * point[i];
  }
  g[5][taps - 1] = 1;
  return g;
}();

/// G w Gᵀ of 16 output channels of one input channel: plain loops over 16 lanes.
template <int taps>
BACKFLOW_INLINE void transform_lanes(const Weights& w, const float* from, float* to, std::int64_t plane) {
  const auto& g = kWeightsToPoints<taps>;
  float line[taps * taps][16], half[6][taps][16];
  for (std::int64_t e = 0; e < taps * taps; ++e) {
    const std::int64_t place = w.turned ? taps * taps - 1 - e : e;
    const float* f = from + place / taps * w.row_stride + place % taps * w.column_stride;
    for (std::int64_t l = 0; l < 16; ++l) line[e][l] = f[l * w.out_stride];
  }
  const auto product = [](const std::array<float, taps>& factors, const float* first, std::int64_t step,
                          std::int64_t l) {
    float sum = factors[0] * first[l];
    for (int t = 1; t < taps; ++t) sum += factors[t] * first[t * step + l];
    return sum;
  };
  for (int i = 0; i < 6; ++i)
    for (int j = 0; j < taps; ++j)
      for (int l = 0; l < 16; ++l) half[i][j][l] = product(g[i], line[j], std::int64_t{16} * taps, l);
  for (int i = 0; i < 6; ++i)
    for (int j = 0; j < 6; ++j)
      for (int l = 0; l < 16; ++l) to[(i * 6 + j) * plane + l] = product(g[j], half[i][0], 16, l);
}

template <int taps>
BACKFLOW_AVX512 void transform_avx512(const Weights& w, const float* from, float* to, std::int64_t plane) {
  transform_lanes<taps>(w, from, to, plane);
}

template <int taps>
void run_tiles(const Problem& p, const Operands& o) {
  const Blocks blocks(p);
  const std::int64_t out = whole_vectors(p.out);
  float *v = o.scratch, *m = v + 36 * blocks.plane_in, *zeros = m + 36 * blocks.plane_out;
  std::fill_n(zeros, p.in, 0.0F);
  for (std::int64_t begin = 0; begin < p.tiles(); begin += blocks.length) {
    const std::int64_t count = std::min(blocks.length, p.tiles() - begin);
    for (std::int64_t t = 0; t < count; ++t)
      input_tile(p, o.x, begin + t, zeros, v + t * blocks.pitch, blocks.plane_in);
    for (std::int64_t panel = 0; panel < out; panel += kPanel) {
      const std::int64_t width = std::min(kPanel, out - panel);
      const float* w = o.weights + panel * 36 * p.in;
      for (std::int64_t e = 0; e < 36; ++e)
        multiply_panel({v + e * blocks.plane_in, blocks.pitch, p.in}, count, w + e * p.in * width, width / 16,
                       Products{m + e * blocks.plane_out, width});
      for (std::int64_t t = 0; t < count; ++t) {
        const Outputs to(p, o, begin + t);
        for (std::int64_t k = 0; k < width; k += 16)
          output_tile<7 - taps>(to, panel + k, m + t * width + k, blocks.plane_out);
      }
    }
  }
}

}  // namespace

void transform(const Weights& w, float* result) {
  const auto f = w.taps == 3 ? transform_avx512<3> : transform_avx512<4>;
  for (std::int64_t panel = 0; panel < w.out; panel += kPanel) {
    const std::int64_t width = std::min(kPanel, w.out - panel);
    for (std::int64_t c = 0; c < w.in; ++c)
      for (std::int64_t k = 0; k < width; k += 16)
        f(w, w.data + (panel + k) * w.out_stride + c * w.in_stride, result + panel * 36 * w.in + c * width + k,
          w.in * width);
  }
}

std::int64_t scratch_elements(const Problem& p) {
  const Blocks blocks(p);
  return 36 * (blocks.plane_in + blocks.plane_out) + p.in;
}

void run(const Problem& p, const Operands& o) { p.taps == 3 ? run_tiles<3>(p, o) : run_tiles<4>(p, o); }

}  // namespace backflow::winograd

#endif
