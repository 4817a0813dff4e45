#include <backflow/ops/lp_normalize.h>

#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/axis.h>
#include <backflow/ops/detail/image.h>
#include <backflow/ops/kernels/lanes.h>

namespace backflow {
namespace {

/// A row-major value as lines along one axis, neighbours `step` apart.
struct NormLines {
  std::int64_t count, length, step;

  NormLines(const Shape& x, std::size_t axis) : length(x[axis]), step(1) {
    for (std::size_t a = axis + 1; a < x.size(); ++a) step *= x[a];
    count = elements(x) / length;
  }
  std::int64_t first(std::int64_t line) const { return line / step * length * step + line % step; }
};

/// dx = (dy − d‖x‖/dx Σ dy y) / ‖x‖, from dy, y and the norms.
class LpNormalizeGradient final : public Op {
 public:
  LpNormalizeGradient(int axis, int p) : axis_(axis), p_(p) {}
  std::string kind() const override { return "lp_normalize_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  Tiling tiling(const Signature& s) const override { return axis_tiling(s, axis_, time_of_bytes(2 * bytes_of(s))); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    return loop_kernel([l = NormLines(in[0].shape, static_cast<std::size_t>(axis_)), p = p_](const Buffers& b) {
      for (std::int64_t line = 0; line < l.count; ++line) {
        const std::int64_t first = l.first(line);
        const float *dy = b.input(0) + first, *y = b.input(1) + first, norm = b.input(2)[line];
        float* dx = b.output() + first;
        const float factor = norm > 0 ? 1 / norm : 0;
        const auto slope = static_cast<float>(lane_sum<double>(
            l.length, [&](std::int64_t i) { return static_cast<double>(dy[i * l.step]) * y[i * l.step]; }));
        for (std::int64_t k = 0; k < l.length * l.step; k += l.step) {
          const float direction = p == 2 ? y[k] : static_cast<float>((y[k] > 0) - (y[k] < 0));
          dx[k] = factor * (dy[k] - direction * slope);
        }
      }
    });
  }

 private:
  int axis_, p_;
};

/// The second output is each line's norm, of x's shape with length 1 along the axis.
class LpNormalize final : public Op {
 public:
  LpNormalize(int axis, int p) : axis_(axis), p_(p) {}
  OpTraits traits() const override {
    return {.locality = axis_ == 1 ? Locality::pointwise : Locality::global, .options = [this] {
              return OpOptions{{"axis", {static_cast<double>(axis_)}}, {"p", {static_cast<double>(p_)}}};
            }};
  }
  std::string kind() const override { return "lp_normalize"; }
  std::string details() const override { return str_cat("axis ", axis_, ", p ", p_); }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    Spec norms = in[0];
    norms.shape[static_cast<std::size_t>(axis_)] = 1;
    return {in[0], norms};
  }

  void gradient(Backward& b) const override {
    if (b.grad_output())
      b.set(0, b.add(std::make_shared<LpNormalizeGradient>(axis_, p_), {b.grad_output(), b.output(0), b.output(1)}));
  }

  Tiling tiling(const Signature& s) const override { return axis_tiling(s, axis_, time_of_bytes(2 * bytes_of(s))); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    return loop_kernel([l = NormLines(in[0].shape, static_cast<std::size_t>(axis_)), p = p_](const Buffers& b) {
      for (std::int64_t line = 0; line < l.count; ++line) {
        const float* x = b.input() + l.first(line);
        float* y = b.output() + l.first(line);
        const double total = lane_sum<double>(l.length, [&](std::int64_t i) {
          const double value = x[i * l.step];
          return p == 2 ? value * value : std::abs(value);
        });
        const auto norm = static_cast<float>(p == 2 ? std::sqrt(total) : total);
        b.output(1)[line] = norm;
        for (std::int64_t k = 0; k < l.length * l.step; k += l.step) y[k] = norm == 0 ? 0 : x[k] / norm;
      }
    });
  }

 private:
  int axis_, p_;
};

}  // namespace

Value lp_normalize(Value x, const LpNormalizeOptions& o) {
  require(o.p == 1 || o.p == 2, "[lp_normalize] p needs to be 1 or 2, got ", o.p);
  return x.graph->add(std::make_shared<LpNormalize>(axis_of("lp_normalize", x, o.axis), o.p), {x}, o.name)[0];
}

}  // namespace backflow
