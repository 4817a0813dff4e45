#include <backflow/ops/scale.h>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>

namespace backflow {
namespace {

class Scale final : public Op {
 public:
  explicit Scale(float factor) : factor_(factor) {}

  OpTraits traits() const override {
    return {.locality = Locality::pointwise, .options = [this] { return OpOptions{{"factor", {factor_}}}; }};
  }
  std::string kind() const override { return "scale"; }
  std::string details() const override { return str_cat("× ", factor_); }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(in[0].type == Type::f32, "[scale] needs an f32 value, got ", to_string(in[0]));
    return {in[0]};
  }
  void gradient(Backward& b) const override { b.set(0, scale(b.grad_output(), factor_)); }
  Tiling tiling(const Signature& whole) const override { return flat_tiling(whole); }
  Layouts layouts(const Signature& tile, std::span<const Layout> offered) const override {
    return same_layouts(tile, offered);
  }
  std::optional<std::size_t> may_overwrite(std::size_t) const override { return 0; }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    const std::int64_t n = physical_elements(out[0].shape, out[0].layout);
    return loop_kernel([n, factor = factor_](const Buffers& b) {
      const float* x = b.input();
      float* y = b.output();
      for (std::int64_t i = 0; i < n; ++i) y[i] = factor * x[i];
    });
  }

 private:
  float factor_;
};

}  // namespace

Value scale(Value x, float factor, const std::string& name) {
  return x.graph->add(std::make_shared<Scale>(factor), {x}, name)[0];
}

}  // namespace backflow
