// NumPy's broadcasting: shapes are aligned at their last axes, and an axis that is missing or has length 1 is repeated.
// What add, divide, maximum, where, sum_to and the like share. Internal to ops/.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <backflow/graph/gradient.h>
#include <backflow/graph/graph.h>
#include <backflow/ops/onednn/kernel_thread.h>

namespace backflow {

/// The shape to which both can be repeated; throws an Error that begins with [op].
Shape broadcast_shape(const std::string& op, const Spec& a, const Spec& b);
/// Cut like `whole.out[0]` where an input has its rows, read whole where they are repeated.
Tiling broadcast_tiling(const Signature& whole);
/// The result in the first full input's order; repeated inputs as they come.
Layouts broadcast_layouts(const Signature& tile, std::span<const Layout> offered);
/// What a kernel can read by strides: the offered layout, or row-major if that is not fixed yet or blocked.
Layout strided(const Layout& offered);

/// One offset or step in elements for each of up to four values.
using Place = std::array<std::int64_t, 4>;
/// One of nested loops: its length and the steps, 0 where a value is repeated.
struct Loop {
  std::int64_t length;
  Place step;
};

/// The fewest loops that visit all elements of `large` in its memory order, outermost first, at least one. Steps are
/// those of `large`, then of the others.
std::vector<Loop> broadcast_loops(const View& large, const std::vector<View>& others);

/// Calls inner(place, innermost loop) for each run of the innermost loop.
template <class Inner>
void walk(std::span<const Loop> loops, const Inner& inner, Place at = {}) {
  if (loops.size() == 1) return inner(at, loops[0]);
  for (std::int64_t i = 0; i < loops[0].length; ++i) {
    walk(loops.subspan(1), inner, at);
    for (std::size_t k = 0; k < at.size(); ++k) at[k] += loops[0].step[k];
  }
}

/// y = f(a, b) along one loop; the frequent cases are loops that compilers make vector instructions of.
template <class F>
void combine(const Loop& loop, F f, float* y, const float* a, const float* b) {
  const std::int64_t n = loop.length, sy = loop.step[0], sa = loop.step[1], sb = loop.step[2];
  if (sy == 1 && sa == 1 && sb == 1) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(a[i], b[i]);
  } else if (sy == 1 && sa == 1 && sb == 0) {
    const float second = *b;
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(a[i], second);
  } else if (sy == 1 && sa == 0 && sb == 1) {
    const float first = *a;
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(first, b[i]);
  } else {
    for (std::int64_t i = 0; i < n; ++i) y[i * sy] = f(a[i * sa], b[i * sb]);
  }
}

/// y = f(a, b, c) along one loop.
template <class F>
void combine(const Loop& loop, F f, float* y, const float* a, const float* b, const float* c) {
  const auto [sy, sa, sb, sc] = loop.step;
  const std::int64_t n = loop.length;
  if (sy == 1 && sa == 1 && sb == 1 && sc == 1) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = f(a[i], b[i], c[i]);
  } else {
    for (std::int64_t i = 0; i < n; ++i) y[i * sy] = f(a[i * sa], b[i * sb], c[i * sc]);
  }
}

/// y = f(a, b) or f(a, b, c), elementwise. F is a struct: kind(), of(a, b) or of(a, b, c), gradient(Backward&), and
/// optionally keeps_denormals: an op whose result they decide.
template <class F>
class Elementwise final : public Op {
 public:
  static constexpr bool has_three = requires { F::of(0.0F, 0.0F, 0.0F); };

  OpTraits traits() const override { return {.locality = Locality::pointwise}; }
  std::string kind() const override { return F::kind(); }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    Spec y{broadcast_shape(kind(), in[0], in[1])};
    if constexpr (has_three) y.shape = broadcast_shape(kind(), y, in[2]);
    return {y};
  }
  void gradient(Backward& b) const override { F::gradient(b); }
  Tiling tiling(const Signature& whole) const override { return broadcast_tiling(whole); }
  Layouts layouts(const Signature& tile, std::span<const Layout> offered) const override {
    return broadcast_layouts(tile, offered);
  }
  std::optional<std::size_t> may_overwrite(std::size_t) const override { return 0; }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    return loop_kernel([loops = broadcast_loops(out[0], {in.begin(), in.end()})](const Buffers& b) {
      if constexpr (requires { F::keeps_denormals; }) {
        const KeepDenormals scope;
        run(loops, b);
      } else {
        run(loops, b);
      }
    });
  }

 private:
  static void run(std::span<const Loop> loops, const Buffers& b) {
    walk(loops, [&](const Place& at, const Loop& loop) {
      const auto in = [&](std::size_t i) { return b.input(i) + at[i + 1]; };
      if constexpr (has_three)
        combine(
            loop, [](float x, float y, float z) { return F::of(x, y, z); }, b.output() + at[0], in(0), in(1), in(2));
      else
        combine(
            loop, [](float x, float y) { return F::of(x, y); }, b.output() + at[0], in(0), in(1));
    });
  }
};

template <class F>
Value elementwise(Value a, Value b, const std::string& name = "") {
  return a.graph->add(std::make_shared<Elementwise<F>>(), {a, b}, name)[0];
}

template <class F>
Value elementwise(Value a, Value b, Value c, const std::string& name = "") {
  return a.graph->add(std::make_shared<Elementwise<F>>(), {a, b, c}, name)[0];
}

}  // namespace backflow
