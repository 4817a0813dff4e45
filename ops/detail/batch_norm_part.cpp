#include <backflow/ops/detail/batch_norm_part.h>

#include <cmath>

namespace backflow {
namespace {

/// Inputs: γ, variance, dγ, dβ of a part of the batch. Outputs: what it adds to the gradients of the batch's
/// statistics, dµ = −γ dβ / √(σ² + ε), dσ² = −γ dγ / (2 (σ² + ε)).
class BatchNormStatisticsGradient final : public Op {
 public:
  explicit BatchNormStatisticsGradient(float epsilon) : epsilon_(epsilon) {}
  std::string kind() const override { return "batch_norm_statistics_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0], in[0]}; }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    return loop_kernel([n = in[0].shape[0], epsilon = epsilon_](const Buffers& b) {
      const float *weight = b.input(0), *variance = b.input(1), *d_weight = b.input(2), *d_bias = b.input(3);
      for (std::int64_t c = 0; c < n; ++c) {
        const float v = variance[c] + epsilon;
        b.output(0)[c] = -weight[c] * d_bias[c] / std::sqrt(v);
        b.output(1)[c] = -weight[c] * d_weight[c] / (2 * v);
      }
    });
  }

 private:
  float epsilon_;
};

}  // namespace

std::vector<Value> batch_norm_statistics_gradient(Value weight, Value variance, Value d_weight, Value d_bias,
                                                  float epsilon) {
  return weight.graph->add(std::make_shared<BatchNormStatisticsGradient>(epsilon),
                           {weight, variance, d_weight, d_bias});
}

}  // namespace backflow
