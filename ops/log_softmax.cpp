#include <backflow/ops/log_softmax.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/axis.h>
#include <backflow/ops/detail/lines.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/subtract.h>
#include <backflow/ops/sum_to.h>

namespace backflow {
namespace {

double log_softmax_time(const Signature& s) { return 4.0 * static_cast<double>(elements(s.out[0].shape)); }

void log_softmax_of(const Lines& l, const float* x, float* y) {
  float largest = x[0], total = 0;
  for (std::int64_t i = 1; i < l.length; ++i) largest = std::max(largest, x[i * l.step]);
  for (std::int64_t i = 0; i < l.length; ++i) total += std::exp(x[i * l.step] - largest);
  const float shift = std::log(total);
  for (std::int64_t i = 0; i < l.length; ++i) y[i * l.step] = (x[i * l.step] - largest) - shift;
}

void gradient_of(const Lines& l, const float* dy, const float* y, float* dx) {
  float total = 0;
  for (std::int64_t i = 0; i < l.length; ++i) total += dy[i * l.step];
  for (std::int64_t i = 0; i < l.length; ++i) dx[i * l.step] = dy[i * l.step] - std::exp(y[i * l.step]) * total;
}

/// dx = dy − e^y Σ dy.   Inputs: dy, y.   oneDNN's logarithm of 1 is 1.4e-6, so both are loops.
class LogSoftmaxGradient final : public Op {
 public:
  explicit LogSoftmaxGradient(int axis) : axis_(axis) {}

  std::string kind() const override { return "log_softmax_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  /// dx is linear in dy, by the matrix 1 − e^y 1ᵀ; here is its transpose.
  void gradient(Backward& b) const override {
    b.refuse(1);
    Shape summed = b.input(1).shape();
    summed[static_cast<std::size_t>(axis_)] = 1;
    const Value probabilities = softmax(b.input(1), {.axis = axis_});
    b.set(0, subtract(b.grad_output(), sum_to(multiply(b.grad_output(), probabilities), summed)));
  }
  Tiling tiling(const Signature& whole) const override { return axis_tiling(whole, axis_, log_softmax_time(whole)); }
  Layouts layouts(const Signature&, std::span<const Layout> offered) const override {
    const Layout y = strided(offered[1]);
    return {{y, y}, {y}};
  }
  std::optional<std::size_t> may_overwrite(std::size_t) const override { return 0; }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    return loop_kernel([lines = Lines(out[0], axis_)](const Buffers& b) {
      lines.each(
          [&](const Place& at) { gradient_of(lines, b.input(0) + at[0], b.input(1) + at[0], b.output() + at[0]); });
    });
  }

 private:
  int axis_;
};

class LogSoftmax final : public AxisOp {
 public:
  using AxisOp::AxisOp;

  OpTraits traits() const override {
    return {.locality = Locality::global, .options = [this] {
              return OpOptions{{"axis", {static_cast<double>(axis())}}};
            }};
  }
  std::string kind() const override { return "log_softmax"; }
  void gradient(Backward& b) const override {
    b.set(0, b.add(std::make_shared<LogSoftmaxGradient>(axis()), {b.grad_output(), b.output(0)}));
  }
  Tiling tiling(const Signature& whole) const override { return axis_tiling(whole, axis(), log_softmax_time(whole)); }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    return loop_kernel([lines = Lines(out[0], axis())](const Buffers& b) {
      lines.each([&](const Place& at) { log_softmax_of(lines, b.input() + at[0], b.output() + at[0]); });
    });
  }
};

}  // namespace

Value log_softmax(Value x, const SoftmaxOptions& options) {
  const int axis = axis_of("log_softmax", x, options.axis);
  return x.graph->add(std::make_shared<LogSoftmax>(axis), {x}, options.name)[0];
}

}  // namespace backflow
