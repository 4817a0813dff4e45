#include <backflow/ops/kernels/pointwise_kernel.h>

#include <algorithm>

#include <backflow/ops/kernels/panel_product.h>

#if defined(__x86_64__)

namespace backflow::pointwise {
namespace {

constexpr std::int64_t kBlock = 96;            // pixels for which a panel of weights stays in the cache
constexpr std::int64_t kFewWeights = 1 << 17;  // which all stay in it, so that pixels can be finished one by one
constexpr std::int64_t kFewPixels = 24;        // that any number of rows at once divides
constexpr std::int64_t kAhead = 24;            // pixels

/// Panels of output channels, of nearly one width: the first channel and the vectors of each.
template <class F>
void for_panels(std::int64_t out, const F& f) {
  const std::int64_t vectors = (out + 15) / 16, panels = (16 * vectors + kWidestPanel - 1) / kWidestPanel;
  for (std::int64_t i = 0; i < panels; ++i) {
    const std::int64_t begin = vectors * i / panels;
    f(16 * begin, vectors * (i + 1) / panels - begin);
  }
}

/// Where a block of results goes, and what is done to it on the way.
struct Target {
  float* y;
  std::int64_t pixel;  // stride
  const float* bias;   // or null
  Beside residual, mask;
  const Epilogue& after;
  __mmask16 last;  // lanes of the last vector

  Target at(std::int64_t row) const {
    return {y + row * pixel, pixel, bias, residual.at(row * residual.place.pixel), mask.at(row * mask.place.pixel),
            after,           last};
  }

  template <int vectors>
  BACKFLOW_AVX512 __mmask16 lanes(int i) const {
    return i + 1 == vectors ? last : static_cast<__mmask16>(0xFFFF);
  }

  /// Prefetches the addends of later results: it comes in pieces too small for the CPU to see them coming.
  template <int vectors>
  void expect(int rows) const {
    for (const Beside& b : {residual, mask})
      for (int row = 0; b.data && row < rows; ++row)
        for (int i = 0; i < vectors; ++i) __builtin_prefetch(b.data + (row + kAhead) * b.place.pixel + 16 * i);
  }

  template <int vectors>
  BACKFLOW_AVX512 void put(int row, int i, Vector sum) const {
    // As oneDNN does it: a sum that began with the bias would be rounded otherwise, and flip masks of relus.
    if (bias) sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(lanes<vectors>(i), bias + 16 * i));
    sum = after_vector(after, sum, residual.at(row * residual.place.pixel + 16 * i).data,
                       mask.at(row * mask.place.pixel + 16 * i).data, lanes<vectors>(i));
    _mm512_mask_storeu_ps(y + row * pixel + 16 * i, lanes<vectors>(i), sum);
  }
};

/// The input channels that are not zero in all pixels of a block, if they are few, and what belongs to them.
struct FewChannels {
  std::int64_t most;
  float *x, *w;  // [pixels, count], [count, panel]
  std::int32_t* channels;
  std::uint16_t* lanes;
  std::int64_t count = 0;

  FewChannels(const Problem& p, float* scratch)
      : most(p.sparse ? p.in / 4 : 0),  // without it there is no scratch
        x(scratch),
        w(x + kBlock * most),
        channels(reinterpret_cast<std::int32_t*>(w + kWidestPanel * most)),
        lanes(reinterpret_cast<std::uint16_t*>(channels + most)) {}

  static std::int64_t elements(std::int64_t in) { return in / 4 * (kBlock + kWidestPanel + 1) + (in + 15) / 16; }

  /// Whether they are few; then x is filled.
  BACKFLOW_AVX512 bool find(const Problem& p, const float* from, std::int64_t pixels) {
    const std::int64_t vectors = (p.in + 15) / 16;
    std::fill_n(lanes, vectors, std::uint16_t{0});
    for (std::int64_t i = 0; i < pixels; ++i) {
      std::int64_t used = 0;
      for (std::int64_t v = 0; v < vectors; ++v) {
        const auto inside = static_cast<__mmask16>((1U << std::min<std::int64_t>(16, p.in - 16 * v)) - 1);
        const Vector pixel = _mm512_maskz_loadu_ps(inside, from + i * p.x.pixel + 16 * v);
        lanes[v] |= _mm512_cmp_ps_mask(pixel, _mm512_setzero_ps(), _CMP_NEQ_UQ);
        used += __builtin_popcount(lanes[v]);
      }
      if (used > most) return false;
    }
    count = 0;
    for (std::int64_t c = 0; c < p.in; ++c)
      if ((lanes[c / 16] >> (c % 16)) & 1) channels[count++] = static_cast<std::int32_t>(c);
    for (std::int64_t i = 0; i < pixels; ++i)
      for (std::int64_t k = 0; k < count; ++k) x[i * count + k] = from[i * p.x.pixel + channels[k]];
    return true;
  }

  const float* weights(const float* panel, std::int64_t width) const {
    for (std::int64_t k = 0; k < count; ++k) std::copy_n(panel + channels[k] * width, width, w + k * width);
    return w;
  }
};

/// One block of pixels of one sample.
void block(const Problem& p, const Operands& o, std::int64_t count) {
  FewChannels few(p, o.scratch);
  const bool sparse = p.sparse && few.find(p, o.x, count);
  const PanelRows rows = sparse ? PanelRows{few.x, few.count, few.count} : PanelRows{o.x, p.x.pixel, p.in};
  for_panels(p.out, [&](std::int64_t panel, std::int64_t vectors) {
    const std::int64_t rest = std::min<std::int64_t>(16, p.out - panel - 16 * (vectors - 1));
    const Target t{o.y + panel,      p.y.pixel, o.bias ? o.bias + panel : nullptr,       o.residual.at(panel),
                   o.mask.at(panel), p.after,   static_cast<__mmask16>((1U << rest) - 1)};
    const float* w = o.weights + panel * p.in;
    multiply_panel(rows, count, sparse ? few.weights(w, 16 * vectors) : w, vectors, t);
  });
}

/// The operands at an output pixel, and at the pixel of x that it is made of.
Operands at_pixel(const Problem& p, const Operands& o, std::int64_t x, std::int64_t n, std::int64_t i, std::int64_t j) {
  return {o.x + x,
          o.weights,
          o.bias,
          o.residual.at(o.residual.place.offset(n, i, j)),
          o.mask.at(o.mask.place.offset(n, i, j)),
          o.y + p.y.offset(n, i, j),
          o.scratch};
}

/// Pixels that follow each other at one distance.
void line(const Problem& p, const Operands& o, std::int64_t pixels) {
  const bool few = weight_elements(p.in, p.out) <= kFewWeights && !p.sparse;
  const std::int64_t length = few ? kFewPixels : kBlock;
  for (std::int64_t begin = 0; begin < pixels; begin += length)
    block(p, at_pixel(p, o, begin * p.x.pixel, 0, 0, begin), std::min(length, pixels - begin));
}

/// Pixels that see zeros alone.
BACKFLOW_AVX512 void border(const Problem& p, const Operands& o, std::int64_t pixels) {
  for (std::int64_t j = 0; j < pixels; ++j) {
    const Operands at = at_pixel(p, o, 0, 0, 0, j);
    for (std::int64_t k = 0; k < p.out; k += 16) {
      const auto lanes = static_cast<__mmask16>((1U << std::min<std::int64_t>(16, p.out - k)) - 1);
      const Vector bias = o.bias ? _mm512_maskz_loadu_ps(lanes, o.bias + k) : _mm512_setzero_ps();
      _mm512_mask_storeu_ps(at.y + k, lanes,
                            after_vector(p.after, bias, at.residual.at(k).data, at.mask.at(k).data, lanes));
    }
  }
}

void padded(const Problem& p, const Operands& o, std::int64_t sample) {
  const std::int64_t begin = std::clamp<std::int64_t>(p.left, 0, p.out_width);
  const std::int64_t end = std::clamp<std::int64_t>(p.left + p.width, begin, p.out_width);
  for (std::int64_t i = 0; i < p.out_height; ++i) {
    const std::int64_t row = i - p.top;
    const bool inside = row >= 0 && row < p.height;
    border(p, at_pixel(p, o, 0, sample, i, 0), inside ? begin : p.out_width);
    if (!inside) continue;
    line(p, at_pixel(p, o, p.x.offset(sample, row, begin - p.left), sample, i, begin), end - begin);
    border(p, at_pixel(p, o, 0, sample, i, end), p.out_width - end);
  }
}

}  // namespace

void pack(const float* w, std::int64_t in, std::int64_t out, std::int64_t out_stride, std::int64_t in_stride,
          float* result) {
  for_panels(out, [&](std::int64_t panel, std::int64_t vectors) {
    for (std::int64_t c = 0; c < in; ++c, result += 16 * vectors)
      for (std::int64_t k = 0; k < 16 * vectors; ++k)
        result[k] = panel + k < out ? w[(panel + k) * out_stride + c * in_stride] : 0.0F;
  });
}

std::int64_t scratch_elements(const Problem& p) { return p.sparse ? FewChannels::elements(p.in) : 0; }

void run(const Problem& p, const Operands& o) {
  const bool same = p.top == 0 && p.left == 0 && p.height == p.out_height && p.width == p.out_width;
  const auto dense = [&](const NhwcPlace& v) { return v.row == p.out_width * v.pixel; };
  const bool one = same && dense(p.x) && dense(p.y) && dense(o.residual.place) && dense(o.mask.place);
  for (std::int64_t n = 0; n < p.samples; ++n)
    if (one)
      line(p, at_pixel(p, o, n * p.x.sample, n, 0, 0), p.height * p.width);
    else
      padded(p, o, n);
}

}  // namespace backflow::pointwise

#endif
