#include <backflow/ops/cumulative_sum.h>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/axis.h>
#include <backflow/ops/detail/lines.h>

namespace backflow {
namespace {

class CumulativeSum final : public AxisOp {
 public:
  CumulativeSum(int axis, bool exclusive, bool reverse) : AxisOp(axis), exclusive_(exclusive), reverse_(reverse) {}

  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "cumulative_sum"; }
  std::string details() const override {
    return str_cat(AxisOp::details(), exclusive_ ? " exclusive" : "", reverse_ ? " reverse" : "");
  }
  void gradient(Backward& b) const override {
    b.set(0, b.add(std::make_shared<CumulativeSum>(axis(), exclusive_, !reverse_), {b.grad_output()}));
  }
  Tiling tiling(const Signature& whole) const override {
    return axis_tiling(whole, axis(), static_cast<double>(elements(whole.in[0].shape)));
  }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    return loop_kernel([lines = Lines(out[0], axis()), exclusive = exclusive_, reverse = reverse_](const Buffers& b) {
      lines.each([&](const Place& at) {
        const std::int64_t first = at[0] + (reverse ? (lines.length - 1) * lines.step : 0);
        const std::int64_t step = reverse ? -lines.step : lines.step;
        double total = 0;
        for (std::int64_t i = 0; i < lines.length; ++i) {
          const double before = total;
          total += b.input()[first + i * step];
          b.output()[first + i * step] = static_cast<float>(exclusive ? before : total);
        }
      });
    });
  }

 private:
  bool exclusive_, reverse_;
};

}  // namespace

Value cumulative_sum(Value x, const CumulativeSumOptions& options) {
  const int axis = axis_of("cumulative_sum", x, options.axis);
  auto op = std::make_shared<CumulativeSum>(axis, options.exclusive, options.reverse);
  return x.graph->add(std::move(op), {x}, options.name)[0];
}

}  // namespace backflow
