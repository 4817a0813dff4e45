// The two gradients of a convolution. Each is linear in both its inputs, and the three ops are each other's gradients.
#include <backflow/graph/gradient.h>
#include <backflow/graph/sum.h>
#include <backflow/ops/kernels/fast_convolution.h>
#include <backflow/ops/kernels/mask_loop.h>
#include <backflow/ops/onednn/activation.h>
#include <backflow/ops/onednn/convolution.h>

namespace backflow {
namespace {

/// Inputs: dy, w; fused with a sum also its other addend, fused with a clamp's gradient also the clamp's output.
class Conv2dDataGradient final : public Op {
 public:
  Conv2dDataGradient(Convolution c, Shape x, Epilogue after = {}, std::string mask = "")
      : c_(std::move(c)), x_(std::move(x)), after_(after), mask_(std::move(mask)) {}

  OpTraits traits() const override {
    return {.locality = Locality::global,
            .bf16 = [this](const Signature& whole) { return bf16_rule(whole); },
            .prepack = [this](const Signature& whole, bool frozen) { return prepacking(whole, frozen); },
            .channel_scaling = after_ == Epilogue{} ? ChannelScaling::of_input : ChannelScaling::none};
  }
  std::string kind() const override {
    return std::string("conv2d_data_gradient") + (after_.residual ? "+sum" : "") + mask_;
  }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {{x_, in[0].type}}; }

  void gradient(Backward& b) const override {
    if (b.wants(0)) b.set(0, convolve(b.grad_output(), b.input(1), c_));
    if (b.wants(1)) b.set(1, conv2d_weight_gradient(b.grad_output(), b.input(0), c_, b.input(1).shape()));
  }

  Tiling tiling(const Signature& s) const override {
    return row_tiling(s, c_.nanoseconds(s.in[0].shape, s.in[1].shape, s.in[0].type), {1});
  }

  Layouts layouts(const Signature& s, std::span<const Layout>) const override {
    const auto pd = c_.backward_data(nhwc(s.out[0]), c_.weights(s.in[1], Layout::any()), nhwc(s.in[0]));
    Layouts l{std::vector(s.in.size(), Layout::nhwc()), {Layout::nhwc()}};
    l.in[1] = c_.weights_layout(s.in[1], pd.weights_desc());
    return l;
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const auto dy = onednn::describe(in[0]), w = c_.weights(in[1].whole, in[1].layout), dx = onednn::describe(out[0]);
    const auto pd = c_.backward_data(dx, w, dy);
    auto product = onednn::primitive_kernel(
        dnnl::convolution_backward_data(pd),
        {{DNNL_ARG_DIFF_DST, false, 0, dy}, {DNNL_ARG_WEIGHTS, false, 1, w}, {DNNL_ARG_DIFF_SRC, true, 0, dx}},
        pd.scratchpad_desc());
    std::vector<std::unique_ptr<Kernel>> kernels;  // oneDNN's has no post-ops
    kernels.push_back(std::move(product));
    const std::size_t residual = after_.residual_input(), mask = after_.mask_input();
    if (after_.residual) kernels.push_back(residual_kernel(out[0], in[residual], residual));
    if (after_.mask) kernels.push_back(mask_kernel(*after_.mask, out[0], in[mask], mask));
    return in_turn(std::move(kernels));
  }

  std::shared_ptr<const Op> fused_with(const Op& consumer) const override {
    if (after_.mask) return nullptr;
    Epilogue after = after_;
    const OpTraits traits = consumer.traits();
    after.mask = traits.clamp_gradient;
    const bool sum = !after_.residual && traits.sum;
    if (!after.mask && !sum) return nullptr;
    after.residual = after_.residual || sum;
    return std::make_shared<Conv2dDataGradient>(c_, x_, after, after.mask ? "+" + consumer.kind() : "");
  }

 private:
  Bf16Rule bf16_rule(const Signature& whole) const {
    // For an image the kernels for f32 are the fastest.
    const bool suits = c_.suits_bf16(whole.in[1].shape) && x_[1] > kFewChannels;
    const bool fast = suits && is_fast_in_bf16(whole, [this](const Signature& s) {
                        const auto w = c_.weights(s.in[1], layouts(s, {}).in[1]);
                        return c_.backward_data(nhwc(s.out[0]), w, nhwc(s.in[0])).impl_info_str();
                      });
    return fast ? Bf16Rule{true, std::vector(whole.in.size(), true), {true}} : Bf16Rule{};
  }

  std::optional<Prepacking> prepacking(const Signature& s, bool frozen) const {
    const Shape& w = s.in[1].shape;
    const auto before = [](std::int64_t kernel, std::int64_t padding) { return kernel - 1 - padding; };
    const Padding padding{before(w[2], c_.padding.top), before(w[3], c_.padding.left), before(w[2], c_.padding.bottom),
                          before(w[3], c_.padding.right)};
    return fast_convolution(c_, s.in[0], s.in[1], s.out[0], frozen,
                            {.kind = kind(), .padding = padding, .gradient = true, .after = after_});
  }

  Convolution c_;
  Shape x_;
  Epilogue after_;
  std::string mask_;  // of what the gate is the gradient, in kind()
};

class Conv2dWeightGradient final : public Op {
 public:
  Conv2dWeightGradient(Convolution c, Shape w) : c_(std::move(c)), w_(std::move(w)) {}

  OpTraits traits() const override {
    return {.bf16 = [this](const Signature& whole) { return bf16_rule(whole); }};
  }
  std::string kind() const override { return "conv2d_weight_gradient"; }
  std::vector<Spec> infer(std::span<const Spec>) const override { return {{w_, Type::f32}}; }

  void gradient(Backward& b) const override {
    if (b.wants(0)) b.set(0, conv2d_data_gradient(b.input(1), b.grad_output(), c_, b.input(0).shape()));
    if (b.wants(1)) b.set(1, convolve(b.input(0), b.grad_output(), c_));
  }

  Tiling tiling(const Signature& s) const override {
    auto t = row_tiling(s, c_.nanoseconds(s.in[1].shape, w_, s.in[0].type));
    t.extent = s.in[0].shape[0];
    t.out = {Access{Access::partial}};
    return t;
  }

  Layouts layouts(const Signature& s, std::span<const Layout>) const override {
    if (is_fast(s.in[1])) return {{Layout::nhwc(), Layout::nhwc()}, {Layout("cdba")}};
    const auto pd = c_.backward_weights(nhwc(s.in[0]), c_.weights(s.out[0], Layout::any()), nhwc(s.in[1]));
    return {{Layout::nhwc(), Layout::nhwc()}, {c_.weights_layout(s.out[0], pd.diff_weights_desc())}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    if (is_fast({in[1].shape, in[1].whole.type})) return fast_weight_gradient(c_, in[0], in[1]);
    const auto x = onednn::describe(in[0]), dy = onednn::describe(in[1]), dw = c_.weights(out[0].whole, out[0].layout);
    const auto pd = c_.backward_weights(x, dw, dy);
    return onednn::primitive_kernel(
        dnnl::convolution_backward_weights(pd),
        {{DNNL_ARG_SRC, false, 0, x}, {DNNL_ARG_DIFF_DST, false, 1, dy}, {DNNL_ARG_DIFF_WEIGHTS, true, 0, dw}},
        pd.scratchpad_desc());
  }

 private:
  Bf16Rule bf16_rule(const Signature& whole) const {
    const bool fast = c_.suits_bf16(w_) && is_fast_in_bf16(whole, [this](const Signature& s) {
                        const auto dw = c_.weights({w_}, Layout::any());
                        return c_.backward_weights(nhwc(s.in[0]), dw, nhwc(s.in[1])).impl_info_str();
                      });
    return fast ? Bf16Rule{true, {true, true}, {false}} : Bf16Rule{};
  }

  bool is_fast(const Spec& dy) const { return has_fast_weight_gradient(c_, {w_}, dy); }

  Convolution c_;
  Shape w_;
};

}  // namespace

Value conv2d_data_gradient(Value dy, Value w, const Convolution& c, const Shape& x_shape, const std::string& name) {
  return dy.graph->add(std::make_shared<Conv2dDataGradient>(c, x_shape), {dy, w}, name)[0];
}

Value conv2d_weight_gradient(Value x, Value dy, const Convolution& c, const Shape& w_shape) {
  return x.graph->add(std::make_shared<Conv2dWeightGradient>(c, w_shape), {x, dy})[0];
}

}  // namespace backflow
