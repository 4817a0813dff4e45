#include <backflow/ops/hardmax.h>

#include <backflow/graph/error.h>
#include <backflow/ops/detail/axis.h>
#include <backflow/ops/detail/lines.h>

namespace backflow {
namespace {

class Hardmax final : public AxisOp {
 public:
  using AxisOp::AxisOp;

  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "hardmax"; }
  void gradient(Backward&) const override {}
  Tiling tiling(const Signature& whole) const override {
    return axis_tiling(whole, axis(), static_cast<double>(elements(whole.in[0].shape)));
  }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    return loop_kernel([lines = Lines(out[0], axis())](const Buffers& b) {
      const KeepDenormals scope;
      lines.each([&](const Place& at) {
        const std::int64_t largest = index_of_extreme(lines, b.input() + at[0], {});
        for (std::int64_t i = 0; i < lines.length; ++i) b.output()[at[0] + i * lines.step] = i == largest;
      });
    });
  }
};

}  // namespace

Value hardmax(Value x, const HardmaxOptions& options) {
  const int axis = axis_of("hardmax", x, options.axis);
  return x.graph->add(std::make_shared<Hardmax>(axis), {x}, options.name)[0];
}

}  // namespace backflow
