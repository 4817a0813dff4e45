#include <backflow/ops/arg_max.h>

#include <backflow/graph/error.h>
#include <backflow/ops/detail/axis.h>
#include <backflow/ops/detail/lines.h>
#include <backflow/ops/reshape.h>

namespace backflow {
namespace {

/// The axis stays, with length 1.
class ArgExtreme final : public Op {
 public:
  ArgExtreme(int axis, Extreme extreme) : axis_(axis), extreme_(extreme) {}

  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return extreme_.largest ? "arg_max" : "arg_min"; }
  std::string details() const override { return str_cat("axis ", axis_, extreme_.last ? " last" : ""); }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    Shape kept = in[0].shape;
    kept[static_cast<std::size_t>(axis_)] = 1;
    return {{kept}};
  }
  void gradient(Backward&) const override {}
  Tiling tiling(const Signature& whole) const override {
    return axis_tiling(whole, axis_, static_cast<double>(elements(whole.in[0].shape)));
  }
  Layouts layouts(const Signature&, std::span<const Layout> offered) const override {
    return {{strided(offered[0])}, {Layout()}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    return loop_kernel([lines = Lines(in[0], axis_, {out[0]}), extreme = extreme_](const Buffers& b) {
      const KeepDenormals scope;
      lines.each([&](const Place& at) {
        b.output()[at[1]] = static_cast<float>(index_of_extreme(lines, b.input() + at[0], extreme));
      });
    });
  }

 private:
  int axis_;
  Extreme extreme_;
};

Value arg_extreme(Value x, const ArgMaxOptions& o, bool largest) {
  const int axis = axis_of(largest ? "arg_max" : "arg_min", x, o.axis);
  auto op = std::make_shared<ArgExtreme>(axis, Extreme{.largest = largest, .last = o.last});
  const Value y = x.graph->add(std::move(op), {x}, o.name)[0];
  if (o.keep) return y;
  Shape shape = y.shape();
  shape.erase(shape.begin() + axis);
  return reshape(y, shape);
}

}  // namespace

Value arg_max(Value x, const ArgMaxOptions& options) { return arg_extreme(x, options, true); }

Value arg_min(Value x, const ArgMaxOptions& options) { return arg_extreme(x, options, false); }

}  // namespace backflow
