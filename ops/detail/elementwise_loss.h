// What the losses share that are a sum over elements: L = scale · Σ ℓ(p, t), predictions and targets of one shape. F is
// a small struct:
//   kind()                                   the op's name
//   value(p, t)                              ℓ
//   by_prediction(p, t), by_target(p, t)     its derivatives
//   kDivides, optional: the derivatives are divided by the number of terms, not multiplied by its inverse
//   check(p), optional: nothing, or what is wrong with a prediction; then the run fails with this sentence
// Internal to ops/.
#pragma once

#include <memory>
#include <string>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/kernels/lanes.h>
#include <backflow/ops/loss.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/onednn/kernel_thread.h>
#include <backflow/ops/sum_to.h>

namespace backflow {

/// What the sum is divided by, from the shape of the whole batch.
float loss_count(Reduction reduction, const Shape& whole);
/// Its inverse: the factor of the sum.
float loss_scale(Reduction reduction, const Shape& whole);
/// Predictions and targets in one order in which a range of samples is one piece of memory.
Layout loss_layout(const Spec& predictions, const Layout& offered);
/// Throws an Error unless both are f32 and of one shape.
void check_loss(const std::string& op, const Spec& predictions, const Spec& targets);

/// Throws an Error that names the first element of the tile that F::check refuses.
template <class F>
void check_predictions(const F& f, const View& v, std::int64_t n, const float* p) {
  if constexpr (requires { f.check(0.0F); }) {
    const std::int64_t width = n / v.shape[0];
    for (std::int64_t i = 0; i < n; ++i)
      if (const char* wrong = f.check(p[i]))
        fail("[", f.kind(), "] prediction ", p[i], " of sample ", v.begin[0] + i / width, " ", wrong);
  }
}

/// dp = seed · scale · ∂ℓ/∂p, or the same for t.   Inputs: seed [1], p, t.
template <class F>
class ElementwiseLossGradient final : public Op {
 public:
  ElementwiseLossGradient(F f, Reduction reduction, bool by_target)
      : f_(f), reduction_(reduction), by_target_(by_target) {}

  std::string kind() const override { return f_.kind() + (by_target_ ? "_target_gradient" : "_gradient"); }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[1]}; }
  /// dp is linear in the seed, with the factors that a seed of 1 gives.
  void gradient(Backward& b) const override {
    b.refuse(1);
    b.refuse(2);
    const Value one = b.graph().constant("one", {{1}}, filled(1));
    const Value factors = b.add(std::make_shared<ElementwiseLossGradient>(*this), {one, b.input(1), b.input(2)});
    b.set(0, sum_to(multiply(b.grad_output(), factors), {1}));
  }
  Tiling tiling(const Signature& s) const override {
    return row_tiling(s, 2.0 * static_cast<double>(elements(s.in[1].shape)), {0});
  }
  Layouts layouts(const Signature& s, std::span<const Layout> offered) const override {
    const Layout p = loss_layout(s.in[1], offered[1]);
    return {{{}, p, p}, {p}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const std::int64_t n = elements(in[1].shape);
    const float count = loss_count(reduction_, in[1].whole.shape);
    return loop_kernel([n, count, f = f_, by_target = by_target_, view = in[1]](const Buffers& b) {
      const KeepDenormals scope;
      const auto scaled = [seed = b.input(0)[0], count, factor = b.input(0)[0] * (1 / count)](float derivative) {
        if constexpr (requires { F::kDivides; }) return seed * derivative / count;
        return factor * derivative;
      };
      const float *p = b.input(1), *t = b.input(2);
      float* d = b.output();
      check_predictions(f, view, n, p);
      if (by_target)
        for (std::int64_t i = 0; i < n; ++i) d[i] = scaled(f.by_target(p[i], t[i]));
      else
        for (std::int64_t i = 0; i < n; ++i) d[i] = scaled(f.by_prediction(p[i], t[i]));
    });
  }

 private:
  F f_;
  Reduction reduction_;
  bool by_target_;
};

template <class F>
class ElementwiseLoss final : public Op {
 public:
  ElementwiseLoss(F f, Reduction reduction) : f_(f), reduction_(reduction) {}

  std::string kind() const override { return f_.kind(); }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    check_loss(kind(), in[0], in[1]);
    return {{{1}}};
  }
  void gradient(Backward& b) const override {
    for (std::size_t i : {0, 1})
      if (b.wants(i))
        b.set(i, b.add(std::make_shared<ElementwiseLossGradient<F>>(f_, reduction_, i == 1),
                       {b.grad_output(), b.input(0), b.input(1)}));
  }
  Tiling tiling(const Signature& s) const override {
    Tiling t;
    t.extent = s.in[0].shape[0];
    t.nanoseconds = 2.0 * static_cast<double>(elements(s.in[0].shape));
    t.in = {Access::along(0), Access::along(0)};
    t.out = {Access{Access::partial}};
    return t;
  }
  Layouts layouts(const Signature& s, std::span<const Layout> offered) const override {
    const Layout p = loss_layout(s.in[0], offered[0]);
    return {{p, p}, {{}}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const std::int64_t n = elements(in[0].shape);
    const float scale = loss_scale(reduction_, in[0].whole.shape);
    return loop_kernel([n, scale, f = f_, view = in[0]](const Buffers& b) {
      const KeepDenormals scope;
      const float *p = b.input(0), *t = b.input(1);
      check_predictions(f, view, n, p);
      b.output()[0] =
          static_cast<float>(lane_sum<double>(n, [&](std::int64_t i) { return f.value(p[i], t[i]); }) * scale);
    });
  }

 private:
  F f_;
  Reduction reduction_;
};

template <class F>
Value elementwise_loss(Value predictions, Value targets, const LossOptions& options, F f = {}) {
  return predictions.graph->add(std::make_shared<ElementwiseLoss<F>>(f, options.reduction), {predictions, targets},
                                options.name)[0];
}

}  // namespace backflow
