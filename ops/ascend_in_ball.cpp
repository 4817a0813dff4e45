#include <backflow/ops/ascend_in_ball.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/ops/detail/ball.h>
#include <backflow/ops/kernels/lanes.h>
#include <backflow/ops/onednn/kernel_thread.h>

namespace backflow {
namespace {

/// Inputs: x, g, center, rate, epsilon.
class AscendInBall final : public BallOp {
 public:
  using BallOp::BallOp;

  std::string kind() const override { return "ascend_in_ball"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require_ball("ascend_in_ball", in[0], in[2], in[4]);
    require(in[1] == in[0], "[ascend_in_ball] x has shape ", to_string(in[0]), ", its gradient ", to_string(in[1]));
    require(in[3] == Spec{{1}}, "[ascend_in_ball] the rate needs shape [1], got ", to_string(in[3]));
    return {in[0]};
  }
  Tiling tiling(const Signature& s) const override { return ball_tiling(s, o_, {3, 4}); }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    const BallRows rows(o_, out[0]);
    return loop_kernel([rows, o = o_](const Buffers& b) {
      const KeepDenormals scope;
      const float rate = b.input(3)[0], epsilon = b.input(4)[0];
      for (std::int64_t i = 0; i < rows.end(); i += rows.length) {
        const float *x = b.input(0) + i, *g = b.input(1) + i;
        float* y = b.output() + i;
        if (o.norm == Norm::linf)
          move_by_signs(x, g, rate, y, rows.length);
        else
          move_along(x, g, rate, y, rows.length);
        project(o, epsilon, y, b.input(2) + i, y, rows.length);
      }
    });
  }

 private:
  static void move_by_signs(const float* x, const float* g, float rate, float* y, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) y[i] = x[i] + (g[i] > 0 ? rate : g[i] < 0 ? -rate : 0.0F);
  }

  static void move_along(const float* x, const float* g, float rate, float* y, std::int64_t n) {
    const double norm = std::sqrt(lane_sum<double>(n, [=](std::int64_t i) {
      const double value = g[i];
      return value * value;
    }));
    if (norm > 0 && std::isfinite(norm))
      for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<float>(x[i] + rate * (g[i] / norm));
    else if (x != y)
      std::copy_n(x, n, y);
  }
};

}  // namespace

Value ascend_in_ball(Value x, Value g, Value center, Value rate, Value epsilon, const BallOptions& options) {
  check_ball("ascend_in_ball", options);
  return x.graph->add(std::make_shared<AscendInBall>(options), {x, g, center, rate, epsilon}, options.name)[0];
}

}  // namespace backflow
