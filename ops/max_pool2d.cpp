#include "ops/max_pool2d.h"

#include "graph/gradient.h"
#include "ops/pooling.h"

namespace backflow {
namespace {

/// dx from dy and from where each window's largest pixel was.
class MaxPool2dGradient final : public Op {
 public:
  MaxPool2dGradient(Pooling p, Shape x) : p_(std::move(p)), x_(std::move(x)) {}

  std::string kind() const override { return "max_pool2d_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {{x_, in[0].type}}; }
  Tiling tiling(const Signature& s) const override { return row_tiling(s, p_.nanoseconds(s.in[0].shape)); }
  Layouts layouts(const Signature&, std::span<const Layout>) const override {
    return {{Layout::nhwc(), Layout::nhwc()}, {Layout::nhwc()}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const auto dy = onednn::describe(in[0]), dx = onednn::describe(out[0]);
    const auto pd = p_.backward(dx, dy);
    return onednn::primitive_kernel(Pooling::Backward(pd),
                                    {{DNNL_ARG_DIFF_DST, false, 0, dy},
                                     {DNNL_ARG_WORKSPACE, false, 1, pd.workspace_desc()},
                                     {DNNL_ARG_DIFF_SRC, true, 0, dx}},
                                    pd.scratchpad_desc());
  }

 private:
  Pooling p_;
  Shape x_;
};

/// Outputs: y, and for each window the place of its largest pixel.
class MaxPool2d final : public Op, public Windowed {
 public:
  explicit MaxPool2d(Pooling p) : p_(std::move(p)) {}

  std::string kind() const override { return "max_pool2d"; }
  std::string details() const override { return p_.details(); }
  SlidingWindow window(std::span<const Spec>) const override { return p_.window(); }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    const Shape y = p_.infer("max_pool2d", in[0]);
    const Type place = p_.kernel.h * p_.kernel.w < 256 ? Type::u8 : Type::s32;  // oneDNN's rule
    return {{y, in[0].type}, {y, place}};
  }

  void gradient(Backward& b) const override {
    if (b.seed(0))
      b.set(0, b.add(std::make_shared<MaxPool2dGradient>(p_, b.input(0).shape()), {b.seed(0), b.output(1)}));
  }

  Tiling tiling(const Signature& s) const override { return row_tiling(s, p_.nanoseconds(s.out[0].shape)); }
  Layouts layouts(const Signature&, std::span<const Layout>) const override {
    return {{Layout::nhwc()}, {Layout::nhwc(), Layout::nhwc()}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const auto x = onednn::describe(in[0]), y = onednn::describe(out[0]);
    const auto pd = p_.forward(x, y);
    require(pd.workspace_desc() == onednn::describe(out[1]), "[max_pool2d] oneDNN keeps places in an unknown form");
    return onednn::primitive_kernel(
        Pooling::Forward(pd),
        {{DNNL_ARG_SRC, false, 0, x}, {DNNL_ARG_DST, true, 0, y}, {DNNL_ARG_WORKSPACE, true, 1, pd.workspace_desc()}},
        pd.scratchpad_desc());
  }

 private:
  Pooling p_;
};

}  // namespace

Value max_pool2d(Value x, const MaxPool2dOptions& o) {
  const Pooling p{dnnl::algorithm::pooling_max, o.kernel, o.stride.value_or(o.kernel), o.padding, o.ceil_mode};
  return x.graph->add(std::make_shared<MaxPool2d>(p), {x}, o.name)[0];
}

}  // namespace backflow
