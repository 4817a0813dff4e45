#include <backflow/ops/batch_norm.h>

#include <cmath>

#include <backflow/graph/gradient.h>
#include <backflow/graph/sum.h>
#include <backflow/ops/batch_statistics.h>
#include <backflow/ops/detail/batch_norm_fold.h>
#include <backflow/ops/detail/batch_norm_part.h>
#include <backflow/ops/detail/channels.h>
#include <backflow/ops/onednn/activation.h>

namespace backflow {
namespace {

struct NormOptions {
  float epsilon;
  bool training;
  bool part = false;  // of a batch: the statistics are those of all its parts
};

Tiling rows(const Signature& s, double passes) {
  Tiling t = row_tiling(s, time_of_bytes(4 * passes * static_cast<double>(elements(s.in[0].shape))));
  for (std::size_t i = 0; i < s.in.size(); ++i)
    if (s.in[i].shape != s.in[0].shape) t.in[i] = Access{};
  return t;
}

Layouts channels_innermost(const Signature& s) {
  Layouts l;
  for (const Spec& x : s.in) l.in.push_back(Layout::channels_last(x.shape.size()));
  for (const Spec& y : s.out) l.out.push_back(Layout::channels_last(y.shape.size()));
  return l;
}

/// scale[c] = γ[c] / √(σ²[c] + ε)
void scales(const float* weight, const float* variance, float epsilon, std::int64_t channels, float* scale) {
  for (std::int64_t c = 0; c < channels; ++c) scale[c] = weight[c] / std::sqrt(variance[c] + epsilon);
}

/// Inputs: dy, x, mean, variance. Outputs: dγ = Σ dy (x − µ) / √(σ² + ε), dβ = Σ dy.
class BatchNormSums final : public Op {
 public:
  explicit BatchNormSums(float epsilon) : epsilon_(epsilon) {}
  std::string kind() const override { return "batch_norm_sums"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[2], in[2]}; }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return channels_innermost(s); }

  Tiling tiling(const Signature& s) const override {
    Tiling t;
    t.extent = s.in[0].shape[0];
    t.nanoseconds = time_of_bytes(16.0 * static_cast<double>(elements(s.in[0].shape)));
    t.in = {Access::along(0), Access::along(0), Access{}, Access{}};
    t.out = {Access{Access::partial}, Access{Access::partial}};
    return t;
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const Channels s(in[0].shape);
    return scratch_kernel(channel_sums_scratch(s.channels), [s, epsilon = epsilon_](const Buffers& b) {
      const float *dy = b.input(0), *x = b.input(1), *mean = b.input(2), *variance = b.input(3);
      channel_sums(s, b.scratch, b.output(1), 1,
                   [&](std::int64_t r, std::int64_t c) { return dy[r * s.channels + c]; });
      channel_sums(s, b.scratch, b.output(0), 1, [&](std::int64_t r, std::int64_t c) {
        return dy[r * s.channels + c] * (x[r * s.channels + c] - mean[c]);
      });
      for (std::int64_t c = 0; c < s.channels; ++c) b.output(0)[c] /= std::sqrt(variance[c] + epsilon);
    });
  }

 private:
  float epsilon_;
};

/// Inputs: dy, γ, variance. dx = dy γ / √(σ² + ε), which is linear in dy.
class BatchNormDataGradient final : public Op {
 public:
  explicit BatchNormDataGradient(float epsilon) : epsilon_(epsilon) {}
  OpTraits traits() const override {
    return {.fold = [this](ChannelScaling reader, bool) -> std::optional<ChannelFold> {
      if (reader != ChannelScaling::of_input) return {};
      return ChannelFold{folded_weights(epsilon_), nullptr, {1, 2}, {}};
    }};
  }
  std::string kind() const override { return "batch_norm_data_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  Tiling tiling(const Signature& s) const override { return rows(s, 2); }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return channels_innermost(s); }
  std::optional<std::size_t> may_overwrite(std::size_t) const override { return 0; }

  void gradient(Backward& b) const override {
    b.refuse(1);
    b.refuse(2);
    b.set(0, b.add(std::make_shared<BatchNormDataGradient>(epsilon_), {b.grad_output(), b.input(1), b.input(2)}));
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const Channels s(in[0].shape);
    const auto bytes = static_cast<std::size_t>(s.channels) * sizeof(float);
    return scratch_kernel(bytes, [s, epsilon = epsilon_](const Buffers& b) {
      auto* scale = reinterpret_cast<float*>(b.scratch);
      scales(b.input(1), b.input(2), epsilon, s.channels, scale);
      const float* dy = b.input(0);
      float* dx = b.output();
      for (std::int64_t r = 0; r < s.rows; ++r, dy += s.channels, dx += s.channels)
        for (std::int64_t c = 0; c < s.channels; ++c) dx[c] = dy[c] * scale[c];
    });
  }

 private:
  float epsilon_;
};

/// Inputs: dy, x, γ, mean, variance, dγ, dβ. With x̂ = (x − µ) / √(σ² + ε), µ and σ² of the batch of n numbers:
/// dx = γ / √(σ² + ε) · (dy − dβ / n − x̂ dγ / n).
class BatchNormTrainingGradient final : public Op {
 public:
  explicit BatchNormTrainingGradient(float epsilon) : epsilon_(epsilon) {}
  std::string kind() const override { return "batch_norm_training_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  Tiling tiling(const Signature& s) const override { return rows(s, 3); }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return channels_innermost(s); }
  std::optional<std::size_t> may_overwrite(std::size_t) const override { return 0; }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const Channels s(in[0].shape);
    const float one_over_n = static_cast<float>(s.channels) / static_cast<float>(elements(in[0].whole.shape));
    const auto bytes = 2 * static_cast<std::size_t>(s.channels) * sizeof(float);
    return scratch_kernel(bytes, [s, one_over_n, epsilon = epsilon_](const Buffers& b) {
      const float *dy = b.input(0), *x = b.input(1), *mean = b.input(3), *variance = b.input(4);
      const float *d_weight = b.input(5), *d_bias = b.input(6);
      auto* scale = reinterpret_cast<float*>(b.scratch);
      float* slope = scale + s.channels;
      scales(b.input(2), variance, epsilon, s.channels, scale);
      for (std::int64_t c = 0; c < s.channels; ++c)
        slope[c] = d_weight[c] * one_over_n / std::sqrt(variance[c] + epsilon);
      float* dx = b.output();
      for (std::int64_t r = 0; r < s.rows; ++r, dy += s.channels, x += s.channels, dx += s.channels)
        for (std::int64_t c = 0; c < s.channels; ++c)
          dx[c] = scale[c] * (dy[c] - d_bias[c] * one_over_n - (x[c] - mean[c]) * slope[c]);
    });
  }

 private:
  float epsilon_;
};

/// Inputs: x, γ, β, mean, variance; fused with a sum also its other addend, and then perhaps a clamp.
class BatchNorm final : public Op {
 public:
  explicit BatchNorm(NormOptions options, bool residual = false, std::shared_ptr<const Activation> clamp = nullptr)
      : o_(options), residual_(residual), clamp_(std::move(clamp)) {}

  OpTraits traits() const override {
    return {.locality = Locality::pointwise,
            .images = true,
            .part_of_batch = o_.training ? part() : nullptr,
            .fold = [this](ChannelScaling producer, bool has_bias) { return fold_into(producer, has_bias); },
            .options =
                [this] {
                  return OpOptions{{"epsilon", {o_.epsilon}}};
                }};
  }
  std::string kind() const override {
    return std::string("batch_norm") + (residual_ ? "+sum" : "") + (clamp_ ? "+" + clamp_->kind() : "");
  }
  std::string details() const override { return o_.training ? "training" : ""; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require_channels("batch_norm", in[0]);
    const char* names[] = {"weight", "bias", "mean", "variance"};
    for (std::size_t i = 1; i < 5; ++i)
      require(in[i] == Spec{{in[0].shape[1]}}, "[batch_norm] input has ", in[0].shape[1], " channels, ", names[i - 1],
              " has shape ", to_string(in[i]));
    return {in[0]};
  }

  void gradient(Backward& b) const override {
    const Value dy = b.grad_output(), x = b.input(0), weight = b.input(1), mean = b.input(3), variance = b.input(4);
    std::vector<Value> sums;
    if (o_.training || b.wants(1) || b.wants(2))
      sums = b.graph().add(std::make_shared<BatchNormSums>(o_.epsilon), {dy, x, mean, variance});
    if (b.wants(1)) b.set(1, sums[0]);
    if (b.wants(2)) b.set(2, sums[1]);
    if ((!o_.training || o_.part) && b.wants(0))
      b.set(0, b.add(std::make_shared<BatchNormDataGradient>(o_.epsilon), {dy, weight, variance}));
    if (!o_.training) {
      b.refuse(3);
      b.refuse(4);
    } else if (o_.part) {
      const auto statistics = batch_norm_statistics_gradient(weight, variance, sums[0], sums[1], o_.epsilon);
      if (b.wants(3)) b.set(3, statistics[0]);
      if (b.wants(4)) b.set(4, statistics[1]);
    } else if (b.wants(0)) {  // the mean's and the variance's share is in it
      b.set(0, b.add(std::make_shared<BatchNormTrainingGradient>(o_.epsilon),
                     {dy, x, weight, mean, variance, sums[0], sums[1]}));
    }
  }

  Tiling tiling(const Signature& s) const override { return rows(s, 2); }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return channels_innermost(s); }
  std::optional<std::size_t> may_overwrite(std::size_t) const override { return 0; }

  std::shared_ptr<const Op> fused_with(const Op& consumer) const override {
    if (clamp_) return nullptr;
    const OpTraits traits = consumer.traits();
    if (!residual_ && traits.sum) return std::make_shared<BatchNorm>(o_, true);
    auto activation = traits.activation;
    return activation && activation->clamp() ? std::make_shared<BatchNorm>(o_, residual_, activation) : nullptr;
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const Channels s(in[0].shape);
    const auto bytes = static_cast<std::size_t>(s.channels) * sizeof(float);
    const Clamp clamp = clamp_ ? *clamp_->clamp() : Clamp{-INFINITY};
    return scratch_kernel(bytes, [s, epsilon = o_.epsilon, clamp, residual = residual_](const Buffers& b) {
      const float *x = b.input(0), *bias = b.input(2), *mean = b.input(3), *r = residual ? b.input(5) : nullptr;
      auto* scale = reinterpret_cast<float*>(b.scratch);
      scales(b.input(1), b.input(4), epsilon, s.channels, scale);
      float* y = b.output();
      for (std::int64_t row = 0; row < s.rows; ++row, x += s.channels, y += s.channels) {
        for (std::int64_t c = 0; c < s.channels; ++c) {
          const float v = (x[c] - mean[c]) * scale[c] + bias[c];
          y[c] = clamp.of(r ? v + r[c] : v);
        }
        if (r) r += s.channels;
      }
    });
  }

 private:
  decltype(OpTraits::part_of_batch) part() const {
    return [o = o_](const Signature&, std::int64_t) {
      return std::make_shared<BatchNorm>(NormOptions{o.epsilon, true, true});
    };
  }

  std::optional<ChannelFold> fold_into(ChannelScaling producer, bool has_bias) const {
    if (o_.training || residual_ || clamp_ || producer != ChannelScaling::of_output) return {};
    return ChannelFold{folded_weights(o_.epsilon), folded_bias(o_.epsilon, has_bias), {1, 4}, {1, 2, 3, 4}};
  }

  NormOptions o_;
  bool residual_;
  std::shared_ptr<const Activation> clamp_;
};

}  // namespace

Value batch_norm(Value x, const BatchNormOptions& o) {
  require_channels("batch_norm", x.spec());
  Graph& g = *x.graph;
  const Spec spec{{x.shape()[1]}};
  return batch_norm(
      x,
      {g.parameter(o.name + ".weight", spec, filled(1)), g.parameter(o.name + ".bias", spec, zeros()),
       g.state(o.name + ".running_mean", spec, zeros()), g.state(o.name + ".running_var", spec, filled(1))},
      o);
}

Value batch_norm(Value x, const BatchNormValues& v, const BatchNormOptions& o) {
  require(o.epsilon >= 0, "[batch_norm] ε needs to be ≥ 0, got ", o.epsilon);
  require(o.momentum >= 0 && o.momentum <= 1, "[batch_norm] momentum needs to be in [0, 1], got ", o.momentum);
  require_channels("batch_norm", x.spec());
  const bool training = x.graph->is_training(o.training, false, o.name);
  auto op = std::make_shared<BatchNorm>(NormOptions{o.epsilon, training});
  if (!training)
    return x.graph->add(std::move(op), {x, v.weight, v.bias, v.running_mean, v.running_variance}, o.name)[0];
  const auto n = static_cast<float>(elements(x.shape()) / x.shape()[1]);
  require(n > 1, "[batch_norm] training needs more than one number in each channel, input of '", o.name, "' has shape ",
          to_string(x.shape()));
  const Value mean = batch_mean(x, o.name + ".mean"), variance = batch_variance(x, mean, o.name + ".variance");
  if (v.running_mean) update_running_average(v.running_mean, mean, o.momentum);
  if (v.running_variance) update_running_average(v.running_variance, variance, o.momentum, n / (n - 1));
  return x.graph->add(std::move(op), {x, v.weight, v.bias, mean, variance}, o.name)[0];
}

}  // namespace backflow
