// What reductions over axes share: shapes, tiling, and an op that folds a function of two numbers over the axes.
// Internal to ops/.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include <backflow/graph/error.h>
#include <backflow/ops/detail/broadcast.h>
#include <backflow/ops/reduce_options.h>
#include <backflow/ops/reshape.h>

namespace backflow {

/// A shape without some axes: `kept` has them with length 1, `result` as the options want them.
struct ReducedShape {
  Shape kept, result;
};
/// Throws an Error that begins with [op] if x does not have the axes.
ReducedShape reduced_shape(const std::string& op, Value x, const ReduceOptions& options);

/// Cut along the first axis that stays, so that a tile has all that belongs to its results. All values have the axes of
/// x, input 0.
Tiling reduction_tiling(const Signature& whole, double nanoseconds_per_element);

/// x along one loop into y; several running results vectorize.
template <class F>
void fold(const Loop& loop, const float* x, float* y) {
  const std::int64_t n = loop.length, sx = loop.step[0], sy = loop.step[1];
  if (sy != 0) {
    for (std::int64_t i = 0; i < n; ++i) y[i * sy] = F::of(y[i * sy], x[i * sx]);
    return;
  }
  std::array<float, 16> lanes;
  constexpr auto kLanes = static_cast<std::int64_t>(lanes.size());
  lanes.fill(F::start);
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (std::int64_t k = 0; k < kLanes; ++k) {
      float& lane = lanes[static_cast<std::size_t>(k)];
      lane = F::of(lane, x[(i + k) * sx]);
    }
  for (; i < n; ++i) lanes[0] = F::of(lanes[0], x[i * sx]);
  for (const float lane : lanes) *y = F::of(*y, lane);
}

/// y has the axes of x, those that are reduced with length 1. F is a struct: kind(), start, of(y, x), and
/// gradient(Backward&).
template <class F>
class Reduce final : public Op {
 public:
  explicit Reduce(Shape kept) : kept_(std::move(kept)) {}

  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return F::kind(); }
  std::string details() const override { return to_string(kept_); }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(in[0].type == Type::f32, "[", kind(), "] needs an f32 value, got ", to_string(in[0]));
    return {{kept_}};
  }
  void gradient(Backward& b) const override { F::gradient(b); }
  Tiling tiling(const Signature& whole) const override { return reduction_tiling(whole, 0.4); }
  Layouts layouts(const Signature&, std::span<const Layout> offered) const override {
    return {{strided(offered[0])}, {Layout()}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    return loop_kernel(
        [results = broadcast_loops(out[0], {}), loops = broadcast_loops(in[0], {out[0]})](const Buffers& b) {
          const KeepDenormals scope;
          walk(std::span<const Loop>(results), [&](const Place& at, const Loop& loop) {
            for (std::int64_t i = 0; i < loop.length; ++i) b.output()[at[0] + i * loop.step[0]] = F::start;
          });
          walk(std::span<const Loop>(loops),
               [&](const Place& at, const Loop& loop) { fold<F>(loop, b.input() + at[0], b.output() + at[1]); });
        });
  }

 private:
  Shape kept_;
};

/// Appends Reduce<F> with that result.
template <class F>
Value reduce_to(Value x, const Shape& kept, const std::string& name = "") {
  return x.graph->add(std::make_shared<Reduce<F>>(kept), {x}, name)[0];
}

/// `make` gets the shape with all axes and returns such a value; the result has the shape that the options ask for.
template <class Make>
Value reduced(const std::string& op, Value x, const ReduceOptions& options, const Make& make) {
  const ReducedShape shape = reduced_shape(op, x, options);
  const Value y = make(shape.kept);
  return y.shape() == shape.result ? y : reshape(y, shape.result);
}

}  // namespace backflow
