#include <backflow/ops/detail/batch_norm_fold.h>

#include <bit>
#include <cmath>
#include <span>

#include <backflow/graph/error.h>

namespace backflow {
namespace {

class BatchNormFold : public Op {
 public:
  explicit BatchNormFold(float epsilon) : epsilon_(epsilon) {}

  OpTraits traits() const override {
    return {.weight_form = str_cat(kind(), ' ', std::bit_cast<std::uint32_t>(epsilon_))};
  }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  Tiling tiling(const Signature& s) const override {
    Tiling t;
    t.nanoseconds = time_of_bytes(8.0 * static_cast<double>(elements(s.out[0].shape)));
    t.in.assign(s.in.size(), Access{});
    t.out = {Access{}};
    return t;
  }

 protected:
  float scale(const float* weight, const float* variance, std::int64_t k) const {
    return weight[k] / std::sqrt(variance[k] + epsilon_);
  }

 private:
  float epsilon_;
};

class FoldedWeights final : public BatchNormFold {
 public:
  using BatchNormFold::BatchNormFold;
  std::string kind() const override { return "batch_norm_weights"; }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const std::int64_t out = in[0].whole.shape[0], each = elements(in[0].whole.shape) / out;
    return loop_kernel([*this, out, each](const Buffers& b) {
      for (std::int64_t k = 0; k < out; ++k) {
        const float factor = scale(b.input(1), b.input(2), k);
        for (std::int64_t i = k * each; i < (k + 1) * each; ++i) b.output()[i] = b.input()[i] * factor;
      }
    });
  }
};

class FoldedBias final : public BatchNormFold {
 public:
  FoldedBias(float epsilon, bool has_bias) : BatchNormFold(epsilon), first_(has_bias ? 1 : 0) {}
  std::string kind() const override { return first_ == 1 ? "batch_norm_bias" : "batch_norm_first_bias"; }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    return loop_kernel([*this, out = in[0].whole.shape[0]](const Buffers& b) {
      const float *shift = b.input(first_ + 1), *mean = b.input(first_ + 2);
      for (std::int64_t k = 0; k < out; ++k) {
        const float bias = first_ == 1 ? b.input()[k] : 0.0F;
        b.output()[k] = (bias - mean[k]) * scale(b.input(first_), b.input(first_ + 3), k) + shift[k];
      }
    });
  }

 private:
  std::size_t first_;  // of the inputs behind the bias
};

}  // namespace

std::shared_ptr<const Op> folded_weights(float epsilon) { return std::make_shared<FoldedWeights>(epsilon); }

std::shared_ptr<const Op> folded_bias(float epsilon, bool has_bias) {
  return std::make_shared<FoldedBias>(epsilon, has_bias);
}

}  // namespace backflow
