#include <backflow/ops/onednn/activation.h>

#include <algorithm>

#include <backflow/graph/gradient.h>
#include <backflow/ops/kernels/mask_loop.h>

namespace backflow {
namespace {

onednn::Desc flat(const View& v) {
  return {{physical_elements(v.shape, v.layout)}, onednn::data_type(v.whole.type), onednn::Tag::a};
}

auto forward_descriptor(const Activation& a, dnnl::algorithm algorithm, const onednn::Desc& x, float alpha,
                        float beta) {
#if DNNL_VERSION_MAJOR >= 3
  return onednn::descriptor<dnnl::eltwise_forward>(a.kind().c_str(), onednn::attributes(),
                                                   dnnl::prop_kind::forward_training, algorithm, x, x, alpha, beta);
#else
  return onednn::descriptor<dnnl::eltwise_forward>(a.kind().c_str(), onednn::attributes(),
                                                   dnnl::prop_kind::forward_training, algorithm, x, alpha, beta);
#endif
}

}  // namespace

/// dx = dy · f′, from y or from x.
class ActivationGradient final : public Op {
 public:
  explicit ActivationGradient(Activation a) : a_(std::move(a)) {}

  OpTraits traits() const override { return {.clamp_gradient = a_.clamp(), .bf16 = bf16_everywhere}; }
  std::string kind() const override { return a_.kind() + "_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  /// dx is linear in dy, by the same factors.
  void gradient(Backward& b) const override {
    b.refuse(1);
    b.set(0, b.add(std::make_shared<ActivationGradient>(*this), {b.grad_output(), b.input(1)}));
  }
  Tiling tiling(const Signature& whole) const override { return flat_tiling(whole); }
  Layouts layouts(const Signature& tile, std::span<const Layout> offered) const override {
    // dy in the order that y has, so that no reorder is needed where y is kept.
    const Layout y = offered[1].is_any() ? Layout() : offered[1];
    return {std::vector(tile.in.size(), y), {y}};
  }
  std::optional<std::size_t> may_overwrite(std::size_t) const override { return 0; }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    // oneDNN 2.6 computes relu's at a quarter of the memory's speed.
    if (const auto clamp = a_.clamp()) return mask_kernel(*clamp, out[0], in[1], 1, 0);
    const auto x = flat(out[0]);
    const auto hint = forward_descriptor(a_, a_.algorithm_, x, a_.alpha_, a_.beta_);
#if DNNL_VERSION_MAJOR >= 3
    const auto pd = onednn::backward_descriptor<dnnl::eltwise_backward>(a_.kind().c_str(), onednn::attributes(), hint,
                                                                        a_.algorithm_, x, x, x, a_.alpha_, a_.beta_);
#else
    const auto pd = onednn::backward_descriptor<dnnl::eltwise_backward>(a_.kind().c_str(), onednn::attributes(), hint,
                                                                        a_.algorithm_, x, x, a_.alpha_, a_.beta_);
#endif
    const int source = a_.needs_ == Activation::Needs::output ? DNNL_ARG_DST : DNNL_ARG_SRC;
    return onednn::primitive_kernel(
        dnnl::eltwise_backward(pd),
        {{DNNL_ARG_DIFF_DST, false, 0, x}, {source, false, 1, x}, {DNNL_ARG_DIFF_SRC, true, 0, x}},
        pd.scratchpad_desc());
  }

 private:
  Activation a_;
};

bool is_rectified(const Graph& g, Value y) {
  const Node& node = g.node(y);
  if (!node.op) return false;
  const OpTraits traits = node.op->traits();
  if (traits.concatenates)
    return std::all_of(node.in.begin(), node.in.end(), [&](Value v) { return is_rectified(g, v); });
  return traits.clamp == Clamp{};
}

std::optional<Clamp> Activation::clamp() const {
  if (algorithm_ == dnnl::algorithm::eltwise_relu_use_dst_for_bwd && alpha_ == 0) return Clamp{};
  if (algorithm_ == dnnl::algorithm::eltwise_clip_v2_use_dst_for_bwd) return Clamp{alpha_, beta_};
  return {};
}

void Activation::gradient(Backward& b) const {
  const Value from = needs_ == Needs::output ? b.output(0) : b.input(0);
  b.set(0, b.add(std::make_shared<ActivationGradient>(*this), {b.grad_output(), from}));
}

std::unique_ptr<Kernel> Activation::kernel(std::span<const View>, std::span<const View> out) const {
  if (const auto clamp = this->clamp()) return clamp_kernel(*clamp, out[0]);
  const auto x = flat(out[0]);
  const auto pd = forward_descriptor(*this, algorithm_, x, alpha_, beta_);
  return onednn::primitive_kernel(dnnl::eltwise_forward(pd), {{DNNL_ARG_SRC, false, 0, x}, {DNNL_ARG_DST, true, 0, x}},
                                  pd.scratchpad_desc());
}

}  // namespace backflow
