#include <backflow/ops/softmax_cross_entropy.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>

namespace backflow {
namespace {

/// LogitSizes that both kernels need.
struct LogitSizes {
  std::int64_t rows, classes, batch, first_row;
  float smoothing;

  LogitSizes(const View& logits, float epsilon)
      : rows(logits.shape[0]),
        classes(logits.shape[1]),
        batch(logits.whole.shape[0]),
        first_row(logits.begin[0]),
        smoothing(epsilon) {}

  std::int64_t label(const std::int32_t* labels, std::int64_t row) const {
    require(labels[row] >= 0 && labels[row] < classes, "[softmax_cross_entropy] label ", labels[row], " of sample ",
            first_row + row, " is not in 0 … ", classes - 1);
    return labels[row];
  }
};

float log_sum_exp(const float* x, std::int64_t n, float largest) {
  float total = 0;
  for (std::int64_t c = 0; c < n; ++c) total += std::exp(x[c] - largest);
  return largest + std::log(total);
}

double loss_time(const Spec& logits) { return 4.0 * static_cast<double>(elements(logits.shape)); }

/// d logits = seed (softmax(logits) − target) / N.
class SoftmaxCrossEntropyGradient final : public Op {
 public:
  explicit SoftmaxCrossEntropyGradient(float smoothing) : smoothing_(smoothing) {}
  std::string kind() const override { return "softmax_cross_entropy_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[1]}; }
  Tiling tiling(const Signature& s) const override { return row_tiling(s, loss_time(s.in[1]), {0}); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    return loop_kernel([s = LogitSizes(in[1], smoothing_)](const Buffers& b) {
      const float scale = b.input(0)[0] / static_cast<float>(s.batch);
      const float other = s.smoothing / static_cast<float>(s.classes);
      for (std::int64_t r = 0; r < s.rows; ++r) {
        const float* x = b.input(1) + r * s.classes;
        float* dx = b.output() + r * s.classes;
        const float largest = *std::max_element(x, x + s.classes);
        float total = 0;
        for (std::int64_t c = 0; c < s.classes; ++c) total += dx[c] = std::exp(x[c] - largest);
        for (std::int64_t c = 0; c < s.classes; ++c) dx[c] = scale * (dx[c] / total - other);
        dx[s.label(b.input<std::int32_t>(2), r)] -= scale * (1 - s.smoothing);
      }
    });
  }

 private:
  float smoothing_;
};

class SoftmaxCrossEntropy final : public Op {
 public:
  explicit SoftmaxCrossEntropy(float smoothing) : smoothing_(smoothing) {}

  std::string kind() const override { return "softmax_cross_entropy"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(in[0].shape.size() == 2, "[softmax_cross_entropy] logits need shape [N, C], got ", to_string(in[0].shape));
    require(in[1] == Spec{{in[0].shape[0]}, Type::s32}, "[softmax_cross_entropy] labels need shape [", in[0].shape[0],
            "] s32, got ", to_string(in[1]));
    return {{{1}, Type::f32}};
  }

  void gradient(Backward& b) const override {
    if (b.wants(0))
      b.set(0, b.add(std::make_shared<SoftmaxCrossEntropyGradient>(smoothing_),
                     {b.grad_output(), b.input(0), b.input(1)}));
  }

  Tiling tiling(const Signature& s) const override {
    Tiling t;
    t.extent = s.in[0].shape[0];
    t.nanoseconds = loss_time(s.in[0]);
    t.in = {Access::along(0), Access::along(0)};
    t.out = {Access{Access::partial}};
    return t;
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    return loop_kernel([s = LogitSizes(in[0], smoothing_)](const Buffers& b) {
      float total = 0;
      for (std::int64_t r = 0; r < s.rows; ++r) {
        const float* x = b.input(0) + r * s.classes;
        const float log_sum = log_sum_exp(x, s.classes, *std::max_element(x, x + s.classes));
        float mean = 0;
        if (s.smoothing > 0)
          for (std::int64_t c = 0; c < s.classes; ++c) mean += x[c] / static_cast<float>(s.classes);
        total += log_sum - (1 - s.smoothing) * x[s.label(b.input<std::int32_t>(1), r)] - s.smoothing * mean;
      }
      b.output()[0] = total / static_cast<float>(s.batch);
    });
  }

 private:
  float smoothing_;
};

}  // namespace

Value softmax_cross_entropy(Value logits, Value labels, const SoftmaxCrossEntropyOptions& options) {
  require(options.label_smoothing >= 0 && options.label_smoothing < 1,
          "[softmax_cross_entropy] label_smoothing needs to be in [0, 1), got ", options.label_smoothing);
  return logits.graph->add(std::make_shared<SoftmaxCrossEntropy>(options.label_smoothing), {logits, labels},
                           options.name)[0];
}

}  // namespace backflow
