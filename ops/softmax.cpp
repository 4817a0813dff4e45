#include <backflow/ops/softmax.h>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/axis.h>
#include <backflow/ops/detail/broadcast.h>
#include <backflow/ops/onednn/dnnl.h>

namespace backflow {
namespace {

constexpr auto kAlgorithm = dnnl::algorithm::softmax_accurate;

auto forward_descriptor(const onednn::Desc& x, int axis) {
  return onednn::descriptor<onednn::softmax_forward>("softmax", onednn::attributes(), dnnl::prop_kind::forward_training,
                                                     kAlgorithm, x, x, axis);
}

double softmax_time(const Signature& s) { return 1.0 * static_cast<double>(elements(s.out[0].shape)); }

/// dx = y (dy − Σ dy y).   Inputs: dy, y.
class SoftmaxGradient final : public Op {
 public:
  explicit SoftmaxGradient(int axis) : axis_(axis) {}

  std::string kind() const override { return "softmax_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  /// dx is linear in dy, by a symmetric matrix.
  void gradient(Backward& b) const override {
    b.refuse(1);
    b.set(0, b.add(std::make_shared<SoftmaxGradient>(*this), {b.grad_output(), b.input(1)}));
  }
  Tiling tiling(const Signature& whole) const override { return axis_tiling(whole, axis_, softmax_time(whole)); }
  Layouts layouts(const Signature&, std::span<const Layout> offered) const override {
    const Layout y = strided(offered[1]);
    return {{y, y}, {y}};
  }
  std::optional<std::size_t> may_overwrite(std::size_t) const override { return 0; }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    const auto x = onednn::describe(out[0]);
    const auto pd = onednn::backward_descriptor<onednn::softmax_backward>(
        "softmax_gradient", onednn::attributes(), forward_descriptor(x, axis_), kAlgorithm, x, x, x, axis_);
    return onednn::primitive_kernel(
        onednn::softmax_backward(pd),
        {{DNNL_ARG_DIFF_DST, false, 0, x}, {DNNL_ARG_DST, false, 1, x}, {DNNL_ARG_DIFF_SRC, true, 0, x}},
        pd.scratchpad_desc());
  }

 private:
  int axis_;
};

class Softmax final : public AxisOp {
 public:
  using AxisOp::AxisOp;

  OpTraits traits() const override {
    return {.locality = Locality::global, .options = [this] {
              return OpOptions{{"axis", {static_cast<double>(axis())}}};
            }};
  }
  std::string kind() const override { return "softmax"; }
  void gradient(Backward& b) const override {
    b.set(0, b.add(std::make_shared<SoftmaxGradient>(axis()), {b.grad_output(), b.output(0)}));
  }
  Tiling tiling(const Signature& whole) const override { return axis_tiling(whole, axis(), softmax_time(whole)); }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    const auto x = onednn::describe(out[0]);
    const auto pd = forward_descriptor(x, axis());
    return onednn::primitive_kernel(onednn::softmax_forward(pd),
                                    {{DNNL_ARG_SRC, false, 0, x}, {DNNL_ARG_DST, true, 0, x}}, pd.scratchpad_desc());
  }
};

}  // namespace

Value softmax(Value x, const SoftmaxOptions& options) {
  const int axis = axis_of("softmax", x, options.axis);
  return x.graph->add(std::make_shared<Softmax>(axis), {x}, options.name)[0];
}

}  // namespace backflow
