#include <backflow/ops/hardmax.h>

#include <backflow/graph/error.h>
#include <backflow/ops/detail/axis.h>
#include <backflow/ops/detail/lines.h>

namespace backflow {
namespace {

class Hardmax final : public Op {
 public:
  explicit Hardmax(int axis) : axis_(axis) {}

  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "hardmax"; }
  std::string details() const override { return str_cat("axis ", axis_); }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  void gradient(Backward&) const override {}
  Tiling tiling(const Signature& whole) const override {
    return axis_tiling(whole, axis_, static_cast<double>(elements(whole.in[0].shape)));
  }
  Layouts layouts(const Signature&, std::span<const Layout> offered) const override {
    const Layout x = strided(offered[0]);
    return {{x}, {x}};
  }
  std::optional<std::size_t> may_overwrite(std::size_t) const override { return 0; }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    return loop_kernel([lines = Lines(out[0], axis_)](const Buffers& b) {
      const KeepDenormals scope;
      lines.each([&](const Place& at) {
        const std::int64_t largest = index_of_extreme(lines, b.input() + at[0], {});
        for (std::int64_t i = 0; i < lines.length; ++i) b.output()[at[0] + i * lines.step] = i == largest;
      });
    });
  }

 private:
  int axis_;
};

}  // namespace

Value hardmax(Value x, const HardmaxOptions& options) {
  const int axis = axis_of("hardmax", x, options.axis);
  return x.graph->add(std::make_shared<Hardmax>(axis), {x}, options.name)[0];
}

}  // namespace backflow
