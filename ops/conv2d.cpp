#include <backflow/ops/conv2d.h>

#include <backflow/graph/gradient.h>
#include <backflow/graph/sum.h>
#include <backflow/ops/bias_gradient.h>
#include <backflow/ops/kernels/fast_convolution.h>
#include <backflow/ops/kernels/mask_loop.h>
#include <backflow/ops/onednn/activation.h>
#include <backflow/ops/onednn/convolution.h>

namespace backflow {
namespace {

/// Inputs: x, w, perhaps b; fused with a sum also its other addend, and then perhaps an activation.
class Conv2d final : public Op {
 public:
  explicit Conv2d(Convolution c, bool residual = false, std::shared_ptr<const Activation> activation = nullptr)
      : c_(std::move(c)), residual_(residual), activation_(std::move(activation)) {}

  std::string kind() const override {
    return std::string("conv2d") + (residual_ ? "+sum" : "") + (activation_ ? "+" + activation_->kind() : "");
  }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    const Shape &x = in[0].shape, &w = in[1].shape;
    require(x.size() == 4, "[conv2d] input needs shape [N, C, H, W], got ", to_string(x));
    require(w.size() == 4, "[conv2d] weights need shape [out, in / groups, kh, kw], got ", to_string(w));
    require(c_.groups >= 1 && w[0] % c_.groups == 0 && x[1] % c_.groups == 0, "[conv2d] ", x[1], " and ", w[0],
            " channels do not go into ", c_.groups, " groups");
    require(x[1] == w[1] * c_.groups, "[conv2d] input has ", x[1], " channels, weights expect ", w[1] * c_.groups);
    require(in.size() < 3 || in[2].shape == Shape{w[0]}, "[conv2d] bias needs shape [", w[0], "], got ",
            in.size() < 3 ? "" : to_string(in[2].shape));
    require(std::min({c_.stride.h, c_.stride.w, c_.dilation.h, c_.dilation.w}) >= 1,
            "[conv2d] stride and dilation need to be ≥ 1");
    require(std::min({c_.padding.top, c_.padding.left, c_.padding.bottom, c_.padding.right}) >= 0,
            "[conv2d] padding needs to be ≥ 0");
    const std::int64_t h = places(x[2], w[2], c_.stride.h, c_.dilation.h, c_.padding.top + c_.padding.bottom);
    const std::int64_t v = places(x[3], w[3], c_.stride.w, c_.dilation.w, c_.padding.left + c_.padding.right);
    require(h > 0 && v > 0, "[conv2d] a kernel of ", w[2], "×", w[3], " does not fit into ", x[2], "×", x[3],
            " pixels and their padding");
    return {{{x[0], w[0], h, v}, in[0].type}};
  }

  OpTraits traits() const override {
    return {.locality = Locality::window,
            .window = [this](std::span<const Spec> in) { return window(in[1].shape); },
            .images = true,
            .bf16 = [this](const Signature& whole) { return bf16_rule(whole); },
            .prepack = [this](const Signature& whole, bool frozen) { return prepacking(whole, frozen); },
            .channel_scaling = residual_ || activation_ ? ChannelScaling::none : ChannelScaling::of_output,
            .options = [this] { return c_.options(); }};
  }

  void gradient(Backward& b) const override {
    const Value x = b.input(0), w = b.input(1);
    if (b.wants(0)) b.set(0, conv2d_data_gradient(b.grad_output(), w, c_, x.shape()));
    if (b.wants(1)) b.set(1, conv2d_weight_gradient(x, b.grad_output(), c_, w.shape()));
    const bool has_bias = b.graph().node(b.output(0)).in.size() > 2;
    if (has_bias && b.wants(2)) b.set(2, bias_gradient(b.grad_output()));
  }

  Tiling tiling(const Signature& s) const override {
    auto t = row_tiling(s, c_.nanoseconds(s.out[0].shape, s.in[1].shape, s.in[0].type), {1});
    if (after(s.in.size()).bias) t.in[2] = Access{};
    return t;
  }

  Layouts layouts(const Signature& s, std::span<const Layout>) const override {
    const auto pd =
        c_.forward(nhwc(s.in[0]), c_.weights(s.in[1], Layout::any()), nullptr, nhwc(s.out[0]), onednn::attributes());
    Layouts l{std::vector<Layout>(s.in.size()), {Layout::nhwc()}};
    l.in[0] = Layout::nhwc();
    if (residual_) l.in.back() = Layout::nhwc();
    l.in[1] = c_.weights_layout(s.in[1], pd.weights_desc());
    return l;
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const auto x = onednn::describe(in[0]), w = c_.weights(in[1].whole, in[1].layout), y = onednn::describe(out[0]);
    std::vector<onednn::Argument> arguments{
        {DNNL_ARG_SRC, false, 0, x}, {DNNL_ARG_WEIGHTS, false, 1, w}, {DNNL_ARG_DST, true, 0, y}};
    onednn::Desc bias;
    const Epilogue after = this->after(in.size());
    if (after.bias) {
      bias = onednn::describe(in[2]);
      arguments.push_back({DNNL_ARG_BIAS, false, 2, bias});
    }
    const auto pd = c_.forward(x, w, after.bias ? &bias : nullptr, y, attributes());
    auto product = onednn::primitive_kernel(dnnl::convolution_forward(pd), arguments, pd.scratchpad_desc());
    if (!residual_) return product;
    // A sum that began with the residual, as oneDNN's post-op has it, would be rounded otherwise: in MobileNetV2 that
    // flipped gates. Its other post-op for this, a binary sum, makes 2.6 take older kernels.
    std::vector<std::unique_ptr<Kernel>> kernels;
    kernels.push_back(std::move(product));
    kernels.push_back(residual_kernel(out[0], in.back(), in.size() - 1, after.clamp));
    return in_turn(std::move(kernels));
  }

  std::shared_ptr<const Op> fused_with(const Op& consumer) const override {
    if (activation_) return nullptr;
    const OpTraits traits = consumer.traits();
    if (!residual_ && traits.sum) return std::make_shared<Conv2d>(c_, true);
    auto activation = traits.activation;
    return activation && (!residual_ || activation->clamp()) ? std::make_shared<Conv2d>(c_, residual_, activation)
                                                             : nullptr;
  }

 private:
  SlidingWindow window(const Shape& w) const {
    return {{(w[2] - 1) * c_.dilation.h + 1, c_.stride.h, c_.padding.top},
            {(w[3] - 1) * c_.dilation.w + 1, c_.stride.w, c_.padding.left}};
  }

  Bf16Rule bf16_rule(const Signature& whole) const {
    const bool fast = c_.suits_bf16(whole.in[1].shape) && is_fast_in_bf16(whole, [this](const Signature& s) {
                        const auto w = c_.weights(s.in[1], layouts(s, {}).in[1]);
                        const auto bias = onednn::describe({{s.in[1].shape[0]}}, {});
                        const auto* b = after(s.in.size()).bias ? &bias : nullptr;
                        return c_.forward(nhwc(s.in[0]), w, b, nhwc(s.out[0]), attributes()).impl_info_str();
                      });
    if (!fast) return {};
    Bf16Rule n{true, std::vector(whole.in.size(), true), {true}};
    if (after(whole.in.size()).bias) n.in[2] = false;
    return n;
  }

  std::optional<Prepacking> prepacking(const Signature& s, bool frozen) const {
    const Epilogue after = this->after(s.in.size());
    if (activation_ && !after.clamp) return {};
    return fast_convolution(c_, s.in[0], s.in[1], s.out[0], frozen,
                            {.kind = kind(), .padding = c_.padding, .after = after});
  }

  Epilogue after(std::size_t inputs) const {
    return {.bias = inputs > (residual_ ? 3 : 2),
            .residual = residual_,
            .clamp = activation_ ? activation_->clamp() : std::nullopt};
  }

  dnnl::primitive_attr attributes() const {
    auto attr = onednn::attributes();
    if (activation_ && !residual_) {
      dnnl::post_ops post;
      activation_->append_to(post);
      attr.set_post_ops(post);
    }
    return attr;
  }

  Convolution c_;
  bool residual_;
  std::shared_ptr<const Activation> activation_;
};

Convolution convolution_of(const Conv2dOptions& o) { return {o.stride, o.dilation, o.padding, o.groups}; }

}  // namespace

Value convolve(Value x, Value w, const Convolution& c) { return x.graph->add(std::make_shared<Conv2d>(c), {x, w})[0]; }

Value conv2d(Value x, const Conv2dOptions& o) {
  require(x.shape().size() == 4, "[conv2d] input of '", o.name, "' needs shape [N, C, H, W], got ",
          to_string(x.shape()));
  require(o.out >= 1 && o.kernel.h >= 1 && o.kernel.w >= 1, "[conv2d] '", o.name, "' needs out ≥ 1 and kernel ≥ 1");
  require(o.groups >= 1 && x.shape()[1] % o.groups == 0, "[conv2d] ", x.shape()[1], " channels do not go into ",
          o.groups, " groups (node '", o.name, "')");
  Graph& g = *x.graph;
  const Shape shape{o.out, x.shape()[1] / o.groups, o.kernel.h, o.kernel.w};
  const Initializer standard = fan_in_uniform(elements(shape) / o.out);
  const Value w = g.parameter(o.name + ".weight", {shape}, o.weight.value_or(standard));
  const Value b = o.bias ? g.parameter(o.name + ".bias", {{o.out}}, o.bias_values.value_or(standard)) : Value{};
  return conv2d(x, w, b, o);
}

Value conv2d(Value x, Value w, Value b, const Conv2dOptions& o) {
  std::vector<Value> in{x, w};
  if (b) in.push_back(b);
  return x.graph->add(std::make_shared<Conv2d>(convolution_of(o)), in, o.name)[0];
}

}  // namespace backflow
