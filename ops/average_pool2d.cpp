#include <backflow/ops/average_pool2d.h>

#include <backflow/graph/gradient.h>
#include <backflow/ops/onednn/pooling.h>

namespace backflow {
namespace {

class AveragePool2dGradient final : public Op {
 public:
  AveragePool2dGradient(Pooling p, Shape x) : p_(std::move(p)), x_(std::move(x)) {}

  OpTraits traits() const override { return {.bf16 = bf16_everywhere}; }
  std::string kind() const override { return "average_pool2d_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {{x_, in[0].type}}; }
  Tiling tiling(const Signature& s) const override { return row_tiling(s, p_.nanoseconds(s.in[0].shape)); }
  Layouts layouts(const Signature&, std::span<const Layout>) const override {
    return {{Layout::nhwc()}, {Layout::nhwc()}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const auto dy = onednn::describe(in[0]), dx = onednn::describe(out[0]);
    const auto pd = p_.backward(dx, dy);
    return onednn::primitive_kernel(Pooling::Backward(pd),
                                    {{DNNL_ARG_DIFF_DST, false, 0, dy}, {DNNL_ARG_DIFF_SRC, true, 0, dx}},
                                    pd.scratchpad_desc());
  }

 private:
  Pooling p_;
  Shape x_;
};

class AveragePool2d final : public Op {
 public:
  explicit AveragePool2d(Pooling p) : p_(std::move(p)) {}

  OpTraits traits() const override {
    return {.locality = Locality::window,
            .window = [this](std::span<const Spec>) { return p_.window(); },
            .images = true,
            .bf16 = bf16_everywhere,
            .options = [this] { return p_.options(); }};
  }
  std::string kind() const override { return "average_pool2d"; }
  std::string details() const override { return p_.details(); }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    return {{p_.infer("average_pool2d", in[0]), in[0].type}};
  }
  void gradient(Backward& b) const override {
    b.set(0, b.add(std::make_shared<AveragePool2dGradient>(p_, b.input(0).shape()), {b.grad_output()}));
  }
  Tiling tiling(const Signature& s) const override { return row_tiling(s, p_.nanoseconds(s.out[0].shape)); }
  Layouts layouts(const Signature&, std::span<const Layout>) const override {
    return {{Layout::nhwc()}, {Layout::nhwc()}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const auto x = onednn::describe(in[0]), y = onednn::describe(out[0]);
    const auto pd = p_.forward(x, y);
    return onednn::primitive_kernel(Pooling::Forward(pd), {{DNNL_ARG_SRC, false, 0, x}, {DNNL_ARG_DST, true, 0, y}},
                                    pd.scratchpad_desc());
  }

 private:
  Pooling p_;
};

}  // namespace

Value average_pool2d(Value x, const AveragePool2dOptions& o) {
  // oneDNN would count what ceil mode adds at the end, PyTorch does not.
  require(!o.ceil_mode || !o.count_include_pad || o.padding == Padding(0),
          "[average_pool2d] ceil_mode with padding needs count_include_pad = false");
  const bool include = o.count_include_pad && !o.ceil_mode;
  const Pooling p{include ? dnnl::algorithm::pooling_avg_include_padding : dnnl::algorithm::pooling_avg_exclude_padding,
                  o.kernel, o.stride.value_or(o.kernel), o.padding, o.ceil_mode};
  return x.graph->add(std::make_shared<AveragePool2d>(p), {x}, o.name)[0];
}

Value global_average_pool2d(Value x, const std::string& name) {
  require(x.shape().size() == 4, "[global_average_pool2d] input needs shape [N, C, H, W], got ", to_string(x.shape()));
  return average_pool2d(x, {.kernel = Pair(x.shape()[2], x.shape()[3]), .name = name});
}

}  // namespace backflow
