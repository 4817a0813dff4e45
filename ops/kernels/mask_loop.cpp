#include <backflow/ops/kernels/mask_loop.h>

#include <algorithm>

#include <backflow/graph/bf16.h>
#include <backflow/ops/kernels/wide_loop.h>

namespace backflow {
namespace {

/// A relu's: of bf16 in integers.
struct OfRelu {
  template <class T>
  bool operator()(T y) const {
    return passes_relu(y);
  }
};

/// Between the ends, and of a NaN.
struct Between {
  float low, high;
  template <class T>
  bool operator()(T y) const {
    const auto number = static_cast<float>(y);
    return !(number <= low) & !(number >= high);
  }
};

template <class Dx, class Y, class Passes>
std::unique_ptr<Kernel> mask(std::int64_t n, Passes passes, std::size_t mask_input, std::optional<std::size_t> x) {
  return wide_loop_kernel([=](const Buffers& b) __attribute__((always_inline)) {
    const Y* y = b.input<Y>(mask_input);
    Dx* dx = b.output<Dx>();
    const Dx* from = x ? b.input<Dx>(*x) : dx;
#pragma GCC ivdep  // dx may lie on x
    for (std::int64_t i = 0; i < n; ++i) dx[i] = masked(from[i], passes(y[i]));
  });
}

template <class Passes>
std::unique_ptr<Kernel> mask(Passes passes, const View& dx, const View& y, std::size_t mask_input,
                             std::optional<std::size_t> x) {
  const std::int64_t n = physical_elements(dx.shape, dx.layout);
  if (y.whole.type == Type::f32) return mask<float, float>(n, passes, mask_input, x);
  return dx.whole.type == Type::f32 ? mask<float, Bf16>(n, passes, mask_input, x)
                                    : mask<Bf16, Bf16>(n, passes, mask_input, x);
}

struct ByClamp {
  Clamp clamp;
  float operator()(float x) const { return clamp.of(x); }
  Bf16 operator()(Bf16 x) const { return Bf16::of(clamp.of(static_cast<float>(x))); }
};

struct ByRelu {
  template <class T>
  T operator()(T x) const {
    return masked(x, passes_relu(x));
  }
};

template <class T, class F>
std::unique_ptr<Kernel> mapped(std::int64_t n, F f) {
  return wide_loop_kernel([=](const Buffers& b) __attribute__((always_inline)) {
    const T* x = b.input<T>();
    T* y = b.output<T>();
#pragma GCC ivdep  // y may lie on x
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(x[i]);
  });
}

template <class F>
std::unique_ptr<Kernel> mapped(const View& y, F f) {
  const std::int64_t n = physical_elements(y.shape, y.layout);
  return y.whole.type == Type::f32 ? mapped<float>(n, f) : mapped<Bf16>(n, f);
}

template <class Y, class R>
std::unique_ptr<Kernel> residual(std::int64_t n, std::size_t input, const Clamp& clamp) {
  return wide_loop_kernel([=](const Buffers& b) __attribute__((always_inline)) {
    const R* r = b.input<R>(input);
    Y* y = b.output<Y>();
    for (std::int64_t i = 0; i < n; ++i)
      y[i] = rounded<Y>(clamp.of(static_cast<float>(y[i]) + static_cast<float>(r[i])));
  });
}

class InTurn final : public Kernel {
 public:
  explicit InTurn(std::vector<std::unique_ptr<Kernel>> kernels) : kernels_(std::move(kernels)) {}
  std::size_t scratch_bytes() const override {
    std::size_t most = 0;
    for (const auto& k : kernels_) most = std::max(most, k->scratch_bytes());
    return most;
  }
  bool is_primitive() const override {
    return std::any_of(kernels_.begin(), kernels_.end(), [](const auto& k) { return k->is_primitive(); });
  }
  void run(const Buffers& b) override {
    for (const auto& k : kernels_) k->run(b);
  }

 private:
  std::vector<std::unique_ptr<Kernel>> kernels_;
};

}  // namespace

std::unique_ptr<Kernel> mask_kernel(const Clamp& clamp, const View& dx, const View& y, std::size_t mask_input,
                                    std::optional<std::size_t> x_input) {
  if (clamp == Clamp{}) return mask(OfRelu{}, dx, y, mask_input, x_input);
  return mask(Between{clamp.low, clamp.high}, dx, y, mask_input, x_input);
}

std::unique_ptr<Kernel> clamp_kernel(const Clamp& clamp, const View& y) {
  return clamp == Clamp{} ? mapped(y, ByRelu{}) : mapped(y, ByClamp{clamp});
}

std::unique_ptr<Kernel> residual_kernel(const View& y, const View& r, std::size_t input,
                                        const std::optional<Clamp>& clamp) {
  const std::int64_t n = physical_elements(y.shape, y.layout);
  const Clamp c = clamp.value_or(Clamp{-std::numeric_limits<float>::infinity()});
  const bool wide = y.whole.type == Type::f32;
  if (r.whole.type == Type::f32) return wide ? residual<float, float>(n, input, c) : residual<Bf16, float>(n, input, c);
  return wide ? residual<float, Bf16>(n, input, c) : residual<Bf16, Bf16>(n, input, c);
}

std::unique_ptr<Kernel> in_turn(std::vector<std::unique_ptr<Kernel>> kernels) {
  std::erase(kernels, nullptr);
  return kernels.size() == 1 ? std::move(kernels[0]) : std::make_unique<InTurn>(std::move(kernels));
}

}  // namespace backflow
