#include <backflow/ops/log_sum_exp.h>

#include <cmath>

#include <backflow/ops/detail/reduction.h>
#include <backflow/ops/exp.h>
#include <backflow/ops/kernels/lanes.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/reduce_max.h>
#include <backflow/ops/subtract.h>

namespace backflow {
namespace {

/// What is subtracted from the exponents: the largest, unless ∞ − ∞ would come of it.
float shift_of(float largest) { return std::isinf(largest) ? 0 : largest; }

/// Adds e^(x − shift) along one loop to y.
void add_exponentials(const Loop& loop, const float* x, const float* largest, float* y) {
  const auto [sx, sl, sy, none] = loop.step;
  if (sy == 0) {
    const float shift = shift_of(*largest);
    *y += lane_sum(loop.length, [x, shift, step = sx](std::int64_t i) { return std::exp(x[i * step] - shift); });
  } else {
    for (std::int64_t i = 0; i < loop.length; ++i) y[i * sy] += std::exp(x[i * sx] - shift_of(largest[i * sl]));
  }
}

/// Inputs: x and its largest elements, which have the shape of y. The latter have no say in y.
class LogSumExp final : public Op {
 public:
  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "log_sum_exp"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[1]}; }
  void gradient(Backward& b) const override {
    b.set(0, multiply(b.grad_output(), exp(subtract(b.input(0), b.output(0)))));
  }
  Tiling tiling(const Signature& whole) const override { return reduction_tiling(whole, 4); }
  Layouts layouts(const Signature&, std::span<const Layout> offered) const override {
    return {{strided(offered[0]), Layout()}, {Layout()}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    return loop_kernel([results = broadcast_loops(out[0], {in[1]}),
                        loops = broadcast_loops(in[0], {in[1], out[0]})](const Buffers& b) {
      const KeepDenormals scope;
      const float *x = b.input(0), *largest = b.input(1);
      float* y = b.output();
      walk(std::span<const Loop>(results), [&](const Place& at, const Loop& loop) {
        for (std::int64_t i = 0; i < loop.length; ++i) y[at[0] + i * loop.step[0]] = 0;
      });
      walk(std::span<const Loop>(loops),
           [&](const Place& at, const Loop& loop) { add_exponentials(loop, x + at[0], largest + at[1], y + at[2]); });
      walk(std::span<const Loop>(results), [&](const Place& at, const Loop& loop) {
        for (std::int64_t i = 0; i < loop.length; ++i) {
          float& result = y[at[0] + i * loop.step[0]];
          result = std::log(result) + shift_of(largest[at[1] + i * loop.step[1]]);
        }
      });
    });
  }
};

}  // namespace

Value log_sum_exp(Value x, const ReduceOptions& options) {
  return reduced("log_sum_exp", x, options, [&](const Shape&) {
    const Value largest = reduce_max(x, {.axes = options.axes, .keep = true});
    return x.graph->add(std::make_shared<LogSumExp>(), {x, largest}, options.name)[0];
  });
}

}  // namespace backflow
