// What the activations share: y = f(x) elementwise by a oneDNN eltwise primitive, with its gradient, and fusion into
// the op before. An activation's own file names its algorithm and constants. Internal to ops/.
#pragma once

#include <memory>
#include <string>

#include <backflow/graph/graph.h>
#include <backflow/ops/detail/epilogue.h>
#include <backflow/ops/onednn/dnnl.h>

namespace backflow {

class Activation final : public Op {
 public:
  enum class Needs : std::uint8_t { output, input };  // what the gradient is computed from

  Activation(std::string kind, dnnl::algorithm algorithm, float alpha, float beta, Needs needs,
             std::string details = "")
      : kind_(std::move(kind)),
        algorithm_(algorithm),
        alpha_(alpha),
        beta_(beta),
        needs_(needs),
        details_(std::move(details)) {}

  /// Only activations whose gradient comes from the output can be fused: the input is then never stored.
  OpTraits traits() const override {
    return {.locality = Locality::pointwise,
            .rectifier = clamp().has_value(),
            .clamp = clamp(),
            .activation = needs_ == Needs::output ? std::make_shared<Activation>(*this) : nullptr,
            .bf16 = bf16_everywhere,
            .options = [this] {
              OpOptions options{{"alpha", {alpha_}}};
              if (algorithm_ == dnnl::algorithm::eltwise_gelu_tanh) options["tanh"] = {1};
              return options;
            }};
  }
  std::string kind() const override { return kind_; }
  std::string details() const override { return details_; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  void gradient(Backward& b) const override;
  Tiling tiling(const Signature& whole) const override { return flat_tiling(whole); }
  Layouts layouts(const Signature& tile, std::span<const Layout> offered) const override {
    return same_layouts(tile, offered);
  }
  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override;
  std::optional<std::size_t> may_overwrite(std::size_t) const override { return 0; }

  /// What it is as a clamp, if it is one.
  std::optional<Clamp> clamp() const;
  void append_to(dnnl::post_ops& ops) const { onednn::append_eltwise(ops, algorithm_, alpha_, beta_); }

 private:
  friend class ActivationGradient;
  std::string kind_;
  dnnl::algorithm algorithm_;
  float alpha_, beta_;
  Needs needs_;
  std::string details_;
};

/// True of what relus compute, alone or side by side.
bool is_rectified(const Graph& g, Value y);

}  // namespace backflow
