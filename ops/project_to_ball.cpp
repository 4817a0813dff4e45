#include <backflow/ops/project_to_ball.h>

#include <backflow/ops/detail/ball.h>
#include <backflow/ops/onednn/kernel_thread.h>

namespace backflow {
namespace {

/// Inputs: x, center, epsilon.
class ProjectToBall final : public BallOp {
 public:
  using BallOp::BallOp;

  std::string kind() const override { return "project_to_ball"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require_ball("project_to_ball", in[0], in[1], in[2]);
    return {in[0]};
  }
  Tiling tiling(const Signature& s) const override { return ball_tiling(s, o_, {2}); }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    const BallRows rows(o_, out[0]);
    return loop_kernel([rows, o = o_](const Buffers& b) {
      const KeepDenormals scope;
      for (std::int64_t i = 0; i < rows.end(); i += rows.length)
        project(o, b.input(2)[0], b.input(0) + i, b.input(1) + i, b.output() + i, rows.length);
    });
  }
};

}  // namespace

Value project_to_ball(Value x, Value center, Value epsilon, const BallOptions& options) {
  check_ball("project_to_ball", options);
  return x.graph->add(std::make_shared<ProjectToBall>(options), {x, center, epsilon}, options.name)[0];
}

}  // namespace backflow
