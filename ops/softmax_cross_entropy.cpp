#include <backflow/ops/softmax_cross_entropy.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>

namespace backflow {
namespace {

using ClassWeights = std::shared_ptr<const std::vector<float>>;  // null: all 1

/// What both kernels need.
struct LogitSizes {
  std::int64_t rows, classes, batch, first_row;
  float smoothing;
  ClassWeights weights;

  LogitSizes(const View& logits, float epsilon, ClassWeights of_classes)
      : rows(logits.shape[0]),
        classes(logits.shape[1]),
        batch(logits.whole.shape[0]),
        first_row(logits.begin[0]),
        smoothing(epsilon),
        weights(std::move(of_classes)) {}

  float weight(std::int64_t c) const { return weights ? (*weights)[static_cast<std::size_t>(c)] : 1; }
  /// What the sum over the batch is divided by; `sum` is input `at`, where there are weights.
  float divisor(const Buffers& b, std::size_t at) const { return weights ? b.input(at)[0] : static_cast<float>(batch); }

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

/// Σ weight[label] over the batch.
class LabelWeight final : public Op {
 public:
  explicit LabelWeight(ClassWeights weights) : weights_(std::move(weights)) {}
  std::string kind() const override { return "label_weight"; }
  std::vector<Spec> infer(std::span<const Spec>) const override { return {{{1}, Type::f32}}; }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    return loop_kernel([n = in[0].shape[0], weights = weights_](const Buffers& b) {
      const std::int32_t* labels = b.input<std::int32_t>(0);
      const auto classes = static_cast<std::int32_t>(weights->size());
      double sum = 0;
      for (std::int64_t i = 0; i < n; ++i)  // the loss says which label is none
        if (labels[i] >= 0 && labels[i] < classes) sum += (*weights)[static_cast<std::size_t>(labels[i])];
      b.output()[0] = static_cast<float>(sum);
    });
  }

 private:
  ClassWeights weights_;
};

double loss_time(const Spec& logits) { return 4.0 * static_cast<double>(elements(logits.shape)); }

/// d logits = seed (softmax(logits) Σ_c t_c − t) / divisor, where t is the target times the weights: t_c = w_c ε/C, and
/// for the label y another w_y (1 − ε).
class SoftmaxCrossEntropyGradient final : public Op {
 public:
  SoftmaxCrossEntropyGradient(float smoothing, ClassWeights weights)
      : smoothing_(smoothing), weights_(std::move(weights)) {}
  std::string kind() const override { return "softmax_cross_entropy_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[1]}; }
  Tiling tiling(const Signature& s) const override {
    return weights_ ? row_tiling(s, loss_time(s.in[1]), {0, 3}) : row_tiling(s, loss_time(s.in[1]), {0});
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    return loop_kernel([s = LogitSizes(in[1], smoothing_, weights_), all = sum_of_weights()](const Buffers& b) {
      const float scale = b.input(0)[0] / s.divisor(b, 3);
      const float other = s.smoothing / static_cast<float>(s.classes);
      for (std::int64_t r = 0; r < s.rows; ++r) {
        const float* x = b.input(1) + r * s.classes;
        float* dx = b.output() + r * s.classes;
        const std::int64_t label = s.label(b.input<std::int32_t>(2), r);
        const float largest = *std::max_element(x, x + s.classes);
        float total = 0;
        for (std::int64_t c = 0; c < s.classes; ++c) total += dx[c] = std::exp(x[c] - largest);
        const float own = s.weight(label) * (1 - s.smoothing), target = s.weights ? own + other * all : 1;
        for (std::int64_t c = 0; c < s.classes; ++c) dx[c] = scale * (target * dx[c] / total - other * s.weight(c));
        dx[label] -= scale * own;
      }
    });
  }

 private:
  float sum_of_weights() const {
    return weights_ ? static_cast<float>(std::accumulate(weights_->begin(), weights_->end(), 0.0)) : 0;
  }

  float smoothing_;
  ClassWeights weights_;
};

class SoftmaxCrossEntropy final : public Op {
 public:
  SoftmaxCrossEntropy(float smoothing, ClassWeights weights) : smoothing_(smoothing), weights_(std::move(weights)) {}

  std::string kind() const override { return "softmax_cross_entropy"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(in[0].shape.size() == 2, "[softmax_cross_entropy] logits need shape [N, C], got ", to_string(in[0].shape));
    require(in[1] == Spec{{in[0].shape[0]}, Type::s32}, "[softmax_cross_entropy] labels need shape [", in[0].shape[0],
            "] s32, got ", to_string(in[1]));
    require(!weights_ || static_cast<std::int64_t>(weights_->size()) == in[0].shape[1], "[softmax_cross_entropy] has ",
            weights_ ? weights_->size() : 0, " class weights for ", in[0].shape[1], " classes");
    return {{{1}, Type::f32}};
  }

  void gradient(Backward& b) const override {
    if (!b.wants(0)) return;
    std::vector<Value> inputs{b.grad_output(), b.input(0), b.input(1)};
    if (weights_) inputs.push_back(b.input(2));
    b.set(0, b.add(std::make_shared<SoftmaxCrossEntropyGradient>(smoothing_, weights_), inputs));
  }

  Tiling tiling(const Signature& s) const override {
    Tiling t;
    t.extent = s.in[0].shape[0];
    t.nanoseconds = loss_time(s.in[0]);
    t.in = {Access::along(0), Access::along(0)};
    if (weights_) t.in.push_back(Access{Access::whole});
    t.out = {Access{Access::partial}};
    return t;
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    return loop_kernel([s = LogitSizes(in[0], smoothing_, weights_)](const Buffers& b) {
      float total = 0;
      for (std::int64_t r = 0; r < s.rows; ++r) {
        const float* x = b.input(0) + r * s.classes;
        const std::int64_t label = s.label(b.input<std::int32_t>(1), r);
        const float log_sum = log_sum_exp(x, s.classes, *std::max_element(x, x + s.classes));
        total += s.weight(label) * (1 - s.smoothing) * (log_sum - x[label]);
        if (s.smoothing == 0) continue;
        float others = 0;
        for (std::int64_t c = 0; c < s.classes; ++c)
          others += s.weight(c) * (log_sum - x[c]) / static_cast<float>(s.classes);
        total += s.smoothing * others;
      }
      b.output()[0] = total / s.divisor(b, 2);
    });
  }

 private:
  float smoothing_;
  ClassWeights weights_;
};

}  // namespace

Value softmax_cross_entropy(Value logits, Value labels, const SoftmaxCrossEntropyOptions& options) {
  require(options.label_smoothing >= 0 && options.label_smoothing < 1,
          "[softmax_cross_entropy] label_smoothing needs to be in [0, 1), got ", options.label_smoothing);
  for (float w : options.class_weights)
    require(w >= 0 && std::isfinite(w), "[softmax_cross_entropy] class weights need to be ≥ 0, got ", w);
  ClassWeights weights;
  std::vector<Value> inputs{logits, labels};
  if (!options.class_weights.empty()) {
    weights = std::make_shared<const std::vector<float>>(options.class_weights);
    inputs.push_back(options.total_weight ? options.total_weight : label_weight(labels, options.class_weights));
  }
  return logits.graph->add(std::make_shared<SoftmaxCrossEntropy>(options.label_smoothing, weights), inputs,
                           options.name)[0];
}

Value label_weight(Value labels, const std::vector<float>& class_weights, const std::string& name) {
  auto op = std::make_shared<LabelWeight>(std::make_shared<const std::vector<float>>(class_weights));
  return labels.graph->add(std::move(op), {labels}, name)[0];
}

}  // namespace backflow
