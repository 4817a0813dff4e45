#include "ops/max_pool2d_kernel.h"

#include <algorithm>

#include "graph/bf16.h"
#include "ops/isa.h"

namespace backflow {
namespace {

struct Range {
  std::int64_t begin, end;
};

/// The part of a window at `first` that lies inside the image.
Range inside(std::int64_t first, std::int64_t kernel, std::int64_t length) {
  return {std::max<std::int64_t>(0, first), std::min(length, first + kernel)};
}

/// The windows that reach a pixel.
Range windows(std::int64_t pixel, std::int64_t before, std::int64_t kernel, std::int64_t stride, std::int64_t count) {
  const std::int64_t last = pixel + before, first = last - kernel + 1;
  const std::int64_t begin = first <= 0 ? 0 : (first + stride - 1) / stride;
  return {begin, last < 0 ? 0 : std::min(count, last / stride + 1)};
}

/// The largest of a window's pixels for `count` ≤ lanes channels; x is its first pixel inside the image.
template <int lanes, class T, class At>
BACKFLOW_INLINE void largest(const MaxPoolProblem& p, const T* x, std::int64_t rows, std::int64_t columns,
                             std::int64_t place, int count, T* y, At* at) {
  const int n = lanes == 1 ? count : lanes;
  float best[lanes == 1 ? 32 : lanes];
  std::int32_t where[lanes == 1 ? 32 : lanes];
  for (int l = 0; l < n; ++l) best[l] = static_cast<float>(x[l]), where[l] = static_cast<std::int32_t>(place);
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = r == 0 ? 1 : 0; c < columns; ++c) {
      const T* pixel = x + r * p.x.row + c * p.x.pixel;
      const auto here = static_cast<std::int32_t>(place + r * p.kernel.w + c);
      for (int l = 0; l < n; ++l) {
        const auto value = static_cast<float>(pixel[l]);
        const bool larger = value > best[l];
        best[l] = larger ? value : best[l];
        where[l] = larger ? here : where[l];
      }
    }
  for (int l = 0; l < n; ++l) y[l] = rounded<T>(best[l]);
  for (int l = 0; l < n; ++l) at[l] = static_cast<At>(where[l]);
}

template <class T, class At>
BACKFLOW_INLINE void pool(const MaxPoolProblem& p, const T* x, T* y, At* at) {
  for (std::int64_t n = 0; n < p.samples; ++n)
    for (std::int64_t i = 0; i < p.out_height; ++i) {
      const std::int64_t row = i * p.stride.h - p.top;
      const Range rows = inside(row, p.kernel.h, p.height);
      for (std::int64_t j = 0; j < p.out_width; ++j) {
        const std::int64_t column = j * p.stride.w - p.left;
        const Range columns = inside(column, p.kernel.w, p.width);
        const T* from = x + n * p.x.sample + rows.begin * p.x.row + columns.begin * p.x.pixel;
        const std::int64_t to = n * p.y.sample + i * p.y.row + j * p.y.pixel;
        const std::int64_t place = (rows.begin - row) * p.kernel.w + columns.begin - column;
        const std::int64_t height = rows.end - rows.begin, width = columns.end - columns.begin;
        std::int64_t c = 0;
        for (; c + 64 <= p.channels; c += 64)
          largest<64>(p, from + c, height, width, place, 64, y + to + c, at + to + c);
        for (; c + 32 <= p.channels; c += 32)
          largest<32>(p, from + c, height, width, place, 32, y + to + c, at + to + c);
        if (c < p.channels)
          largest<1>(p, from + c, height, width, place, static_cast<int>(p.channels - c), y + to + c, at + to + c);
      }
    }
}

/// What one window, whose place of this pixel is `place`, gives to it for n channels.
template <bool by_output, class T, class At>
BACKFLOW_INLINE void select(const T* dy, const At* at, const T* y, At place, int n, T* dx) {
  for (int l = 0; l < n; ++l) dx[l] = masked(dy[l], (at[l] == place) & (!by_output || above_zero(y[l])));
}

/// What the windows [rows] × [columns] give to the pixel (row, column) for `count` channels.
template <int lanes, bool by_output, class T, class At>
BACKFLOW_INLINE void gather(const MaxPoolProblem& p, const T* dy, const At* at, const T* y, std::int64_t row,
                            std::int64_t column, Range rows, Range columns, int count, T* dx) {
  const int n = lanes == 1 ? count : lanes;
  const auto place_in = [&](std::int64_t i, std::int64_t j) {
    return static_cast<At>((row + p.top - i * p.stride.h) * p.kernel.w + column + p.left - j * p.stride.w);
  };
  if (rows.end - rows.begin == 1 && columns.end - columns.begin == 1) {  // always, where windows do not overlap
    const std::int64_t from = rows.begin * p.y.row + columns.begin * p.y.pixel;
    return select<by_output>(dy + from, at + from, y + from, place_in(rows.begin, columns.begin), n, dx);
  }
  float sum[lanes == 1 ? 32 : lanes];
  for (int l = 0; l < n; ++l) sum[l] = 0;
  for (std::int64_t i = rows.begin; i < rows.end; ++i)
    for (std::int64_t j = columns.begin; j < columns.end; ++j) {
      const std::int64_t from = i * p.y.row + j * p.y.pixel;
      const At place = place_in(i, j);
      for (int l = 0; l < n; ++l) {
        const bool mine = (at[from + l] == place) & (!by_output || above_zero(y[from + l]));
        sum[l] += mine ? static_cast<float>(dy[from + l]) : 0.0F;
      }
    }
  for (int l = 0; l < n; ++l) dx[l] = rounded<T>(sum[l]);
}

template <bool by_output, class T, class At>
BACKFLOW_INLINE void spread(const MaxPoolProblem& p, const T* dy, const At* at, const T* y, T* dx) {
  for (std::int64_t n = 0; n < p.samples; ++n, dy += p.y.sample, at += p.y.sample, y += by_output ? p.y.sample : 0)
    for (std::int64_t row = 0; row < p.height; ++row) {
      const Range rows = windows(row, p.top, p.kernel.h, p.stride.h, p.out_height);
      for (std::int64_t column = 0; column < p.width; ++column) {
        const Range columns = windows(column, p.left, p.kernel.w, p.stride.w, p.out_width);
        T* to = dx + n * p.x.sample + row * p.x.row + column * p.x.pixel;
        std::int64_t c = 0;
        for (; c + 64 <= p.channels; c += 64)
          gather<64, by_output>(p, dy + c, at + c, y + c, row, column, rows, columns, 64, to + c);
        for (; c + 32 <= p.channels; c += 32)
          gather<32, by_output>(p, dy + c, at + c, y + c, row, column, rows, columns, 32, to + c);
        const int rest = static_cast<int>(p.channels - c);
        if (rest > 0) gather<1, by_output>(p, dy + c, at + c, y + c, row, column, rows, columns, rest, to + c);
      }
    }
}

template <class T, class At>
struct Loops {
  using Pool = void (*)(const MaxPoolProblem&, const T*, T*, At*);
  using Spread = void (*)(const MaxPoolProblem&, const T*, const At*, const T*, T*);

  BACKFLOW_AVX512 static void pool_avx512(const MaxPoolProblem& p, const T* x, T* y, At* at) { pool(p, x, y, at); }
  BACKFLOW_AVX2 static void pool_avx2(const MaxPoolProblem& p, const T* x, T* y, At* at) { pool(p, x, y, at); }
  static void pool_plain(const MaxPoolProblem& p, const T* x, T* y, At* at) { pool(p, x, y, at); }
  static Pool best_pool() { return isa() == Isa::avx512 ? pool_avx512 : isa() == Isa::avx2 ? pool_avx2 : pool_plain; }

  template <bool by_output>
  BACKFLOW_AVX512 static void spread_avx512(const MaxPoolProblem& p, const T* dy, const At* at, const T* y, T* dx) {
    spread<by_output>(p, dy, at, y, dx);
  }
  template <bool by_output>
  BACKFLOW_AVX2 static void spread_avx2(const MaxPoolProblem& p, const T* dy, const At* at, const T* y, T* dx) {
    spread<by_output>(p, dy, at, y, dx);
  }
  template <bool by_output>
  static void spread_plain(const MaxPoolProblem& p, const T* dy, const At* at, const T* y, T* dx) {
    spread<by_output>(p, dy, at, y, dx);
  }
  template <bool by_output>
  static Spread best_spread() {
    return isa() == Isa::avx512 ? spread_avx512<by_output>
           : isa() == Isa::avx2 ? spread_avx2<by_output>
                                : spread_plain<by_output>;
  }
};

template <class T, class At>
std::unique_ptr<Kernel> pool_kernel(const MaxPoolProblem& p) {
  return loop_kernel([p, run = Loops<T, At>::best_pool()](const Buffers& b) {
    run(p, b.input<T>(), b.output<T>(0), b.output<At>(1));
  });
}

template <class T, class At>
std::unique_ptr<Kernel> gradient_kernel(const MaxPoolProblem& p, bool by_output) {
  const auto run = by_output ? Loops<T, At>::template best_spread<true>() : Loops<T, At>::template best_spread<false>();
  return loop_kernel([p, run, by_output](const Buffers& b) {
    run(p, b.input<T>(0), b.input<At>(1), by_output ? b.input<T>(2) : b.input<T>(0), b.output<T>());
  });
}

template <class T>
std::unique_ptr<Kernel> pool_kernel_of(const MaxPoolProblem& p, Type place) {
  return place == Type::u8 ? pool_kernel<T, std::uint8_t>(p) : pool_kernel<T, std::int32_t>(p);
}

template <class T>
std::unique_ptr<Kernel> gradient_kernel_of(const MaxPoolProblem& p, Type place, bool by_output) {
  return place == Type::u8 ? gradient_kernel<T, std::uint8_t>(p, by_output)
                           : gradient_kernel<T, std::int32_t>(p, by_output);
}

}  // namespace

std::unique_ptr<Kernel> max_pool_kernel(const MaxPoolProblem& p, Type value, Type place) {
  return value == Type::bf16 ? pool_kernel_of<Bf16>(p, place) : pool_kernel_of<float>(p, place);
}

std::unique_ptr<Kernel> max_pool_gradient_kernel(const MaxPoolProblem& p, Type value, Type place, bool by_output) {
  return value == Type::bf16 ? gradient_kernel_of<Bf16>(p, place, by_output)
                             : gradient_kernel_of<float>(p, place, by_output);
}

}  // namespace backflow
