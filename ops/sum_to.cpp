#include <backflow/ops/sum_to.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/ops/broadcast_to.h>
#include <backflow/ops/detail/broadcast.h>
#include <backflow/ops/kernels/lanes.h>

namespace backflow {
namespace {

/// x along one loop into y.
void accumulate(const Loop& loop, const float* x, float* y) {
  const std::int64_t n = loop.length, sx = loop.step[0], sy = loop.step[1];
  if (sy == 0 && sx == 1) {
    *y += static_cast<float>(lane_sum<double>(n, [x](std::int64_t i) { return x[i]; }));
  } else if (sy == 0) {
    *y += static_cast<float>(lane_sum<double>(n, [x, sx](std::int64_t i) { return x[i * sx]; }));
  } else if (sy == 1 && sx == 1) {
    for (std::int64_t i = 0; i < n; ++i) y[i] += x[i];
  } else {
    for (std::int64_t i = 0; i < n; ++i) y[i * sy] += x[i * sx];
  }
}

class SumTo final : public Op {
 public:
  explicit SumTo(Shape shape) : shape_(std::move(shape)) {}

  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "sum_to"; }
  std::string details() const override { return to_string(shape_); }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(broadcast_shape(kind(), in[0], {shape_}) == in[0].shape && shape_.size() <= in[0].shape.size(),
            "[sum_to] shape ", to_string(in[0].shape), " cannot be summed to ", to_string(shape_));
    return {{shape_}};
  }
  void gradient(Backward& b) const override { b.set(0, broadcast_to(b.grad_output(), b.input(0).shape())); }

  Tiling tiling(const Signature& s) const override {
    const Shape &x = s.in[0].shape, &y = s.out[0].shape;
    Tiling t;
    t.extent = x.empty() ? 1 : x[0];
    t.nanoseconds = time_of_bytes(4.0 * static_cast<double>(elements(x)));
    t.in = {Access::along(0)};
    t.out = {x.size() == y.size() && !x.empty() && x[0] == y[0] ? Access::along(0) : Access{Access::partial}};
    return t;
  }
  Layouts layouts(const Signature&, std::span<const Layout> offered) const override {
    return {{strided(offered[0])}, {Layout()}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const std::int64_t n = elements(out[0].shape);
    return loop_kernel([n, loops = broadcast_loops(in[0], {out[0]})](const Buffers& b) {
      std::fill_n(b.output(), n, 0.0F);
      walk(std::span<const Loop>(loops),
           [&](const Place& at, const Loop& loop) { accumulate(loop, b.input() + at[0], b.output() + at[1]); });
    });
  }

 private:
  Shape shape_;
};

}  // namespace

Value sum_to(Value x, const Shape& shape, const std::string& name) {
  if (x.shape() == shape) return x;
  return x.graph->add(std::make_shared<SumTo>(shape), {x}, name)[0];
}

}  // namespace backflow
