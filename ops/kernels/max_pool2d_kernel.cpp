#include <backflow/ops/kernels/max_pool2d_kernel.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include <backflow/graph/bf16.h>
#include <backflow/ops/kernels/isa.h>

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

// As many channels in a vector as the instruction set has lanes: compilers keep running maxima in arrays in memory, and
// take wider vectors apart into scalars. GCC 12 knows no vectors whose size depends on a template's argument.
template <int lanes>
struct VectorTypes;
template <>
struct VectorTypes<16> {
  using Floats = float __attribute__((vector_size(64)));
  using Words = std::uint32_t __attribute__((vector_size(64)));
  using Places = std::int32_t __attribute__((vector_size(64)));
  using Halves = std::uint16_t __attribute__((vector_size(32)));
  using Bytes = std::uint8_t __attribute__((vector_size(16)));
};
template <>
struct VectorTypes<8> {
  using Floats = float __attribute__((vector_size(32)));
  using Words = std::uint32_t __attribute__((vector_size(32)));
  using Places = std::int32_t __attribute__((vector_size(32)));
  using Halves = std::uint16_t __attribute__((vector_size(16)));
  using Bytes = std::uint8_t __attribute__((vector_size(8)));
};
template <>
struct VectorTypes<4> {
  using Floats = float __attribute__((vector_size(16)));
  using Words = std::uint32_t __attribute__((vector_size(16)));
  using Places = std::int32_t __attribute__((vector_size(16)));
  using Halves = std::uint16_t __attribute__((vector_size(8)));
  using Bytes = std::uint8_t __attribute__((vector_size(4)));
};

template <int lanes>
struct PoolVector : VectorTypes<lanes> {
  using typename VectorTypes<lanes>::Floats;
  using typename VectorTypes<lanes>::Words;
  using typename VectorTypes<lanes>::Places;
  using typename VectorTypes<lanes>::Halves;
  using typename VectorTypes<lanes>::Bytes;

  BACKFLOW_INLINE static void load(const float* x, Floats& v) { std::memcpy(&v, x, sizeof v); }
  BACKFLOW_INLINE static void load(const Bf16* x, Floats& v) {
    Halves upper;
    std::memcpy(&upper, x, sizeof upper);
    v = reinterpret_cast<Floats>(__builtin_convertvector(upper, Words) << 16);
  }
  BACKFLOW_INLINE static void store(const Floats& v, float* y) { std::memcpy(y, &v, sizeof v); }
  BACKFLOW_INLINE static void store(const Places& v, std::int32_t* y) { std::memcpy(y, &v, sizeof v); }
  /// Of numbers that were bf16: nothing is rounded.
  BACKFLOW_INLINE static void store(const Floats& v, Bf16* y) {
    const Halves half = __builtin_convertvector(reinterpret_cast<Words>(v) >> 16, Halves);
    std::memcpy(y, &half, sizeof half);
  }
  BACKFLOW_INLINE static void store(const Places& v, std::uint8_t* y) {
    const Bytes bytes = __builtin_convertvector(v, Bytes);
    std::memcpy(y, &bytes, sizeof bytes);
  }
};

/// The largest of a window's pixels and its place, for the channels of a vector; x is its first pixel inside the image.
/// The last NaN is larger than all, as in PyTorch. It is kept apart, because GCC 12 takes two comparisons that are
/// combined into scalars.
template <int lanes, class T, class At>
BACKFLOW_INLINE void largest(const MaxPoolProblem& p, const T* x, std::int64_t rows, std::int64_t columns,
                             std::int64_t place, T* y, At* at) {
  using V = PoolVector<lanes>;
  using Places = typename V::Places;
  typename V::Floats best, value;
  V::load(x, best);
  Places where = Places{} + static_cast<std::int32_t>(place), where_nan = where;
  auto nan = best;  // or a number, if there is none
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = r == 0 ? 1 : 0; c < columns; ++c) {
      V::load(x + r * p.x.row + c * p.x.pixel, value);
      const Places here = Places{} + static_cast<std::int32_t>(place + r * p.kernel.w + c);
      where = value > best ? here : where;
      best = value > best ? value : best;
      where_nan = value == value ? where_nan : here;
      nan = value == value ? nan : value;
    }
  V::store(nan == nan ? best : nan, y);
  V::store(nan == nan ? where : where_nan, at);
}

/// For one channel.
template <class T, class At>
BACKFLOW_INLINE void largest_of_one(const MaxPoolProblem& p, const T* x, std::int64_t rows, std::int64_t columns,
                                    std::int64_t place, T* y, At* at) {
  float best = static_cast<float>(*x);
  *at = static_cast<At>(place);
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t c = r == 0 ? 1 : 0; c < columns; ++c) {
      const auto value = static_cast<float>(x[r * p.x.row + c * p.x.pixel]);
      if (!(value > best || std::isnan(value))) continue;
      best = value;
      *at = static_cast<At>(place + r * p.kernel.w + c);
    }
  *y = rounded<T>(best);
}

template <int lanes, class T, class At>
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
        for (; c + lanes <= p.channels; c += lanes)
          largest<lanes>(p, from + c, height, width, place, y + to + c, at + to + c);
        for (; c < p.channels; ++c) largest_of_one(p, from + c, height, width, place, y + to + c, at + to + c);
      }
    }
}

/// What one window, whose place of this pixel is `place`, gives to it for n channels.
template <bool by_output, class T, class At>
BACKFLOW_INLINE void select(const T* dy, const At* at, const T* y, At place, int n, T* dx) {
  for (int l = 0; l < n; ++l) dx[l] = masked(dy[l], (at[l] == place) & (!by_output || passes_relu(y[l])));
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
        const bool mine = (at[from + l] == place) & (!by_output || passes_relu(y[from + l]));
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

  BACKFLOW_AVX512 static void pool_avx512(const MaxPoolProblem& p, const T* x, T* y, At* at) { pool<16>(p, x, y, at); }
  BACKFLOW_AVX2 static void pool_avx2(const MaxPoolProblem& p, const T* x, T* y, At* at) { pool<8>(p, x, y, at); }
  static void pool_plain(const MaxPoolProblem& p, const T* x, T* y, At* at) { pool<4>(p, x, y, at); }
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
