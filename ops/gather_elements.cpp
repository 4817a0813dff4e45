#include <backflow/ops/gather_elements.h>

#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/axis.h>
#include <backflow/ops/detail/indices.h>
#include <backflow/ops/detail/scatter.h>

namespace backflow {
namespace {

class GatherElements final : public Op {
 public:
  explicit GatherElements(int axis) : axis_(axis) {}
  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "gather_elements"; }
  std::string details() const override { return str_cat("axis ", axis_); }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require_elements("gather_elements", in[0], in[1], static_cast<std::size_t>(axis_));
    return {{in[1].shape}};
  }

  void gradient(Backward& b) const override {
    if (b.wants(0)) b.set(0, scatter_sum(b.input(1), b.grad_output(), b.input(0).shape(), axis_));
  }

  Tiling tiling(const Signature& s) const override {
    const double time = time_of_bytes(16.0 * static_cast<double>(elements(s.out[0].shape)));
    return axis_ == 0 ? row_tiling(s, time, {0}) : row_tiling(s, time);
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const ElementWalk walk(in[1], in[0], static_cast<std::size_t>(axis_));
    const std::int64_t length = in[0].whole.shape[static_cast<std::size_t>(axis_)];
    return loop_kernel([walk, length, type = in[1].whole.type](const Buffers& b) {
      with_indices("gather_elements", type, b.in[1], length, [&](auto at) {
        walk.run(
            [&](std::int64_t i, std::int64_t place) { b.output()[i] = b.input()[place + at(i) * walk.axis_step()]; });
      });
    });
  }

 private:
  int axis_;
};

}  // namespace

Value gather_elements(Value x, Value index, const GatherElementsOptions& o) {
  return x.graph->add(std::make_shared<GatherElements>(axis_of("gather_elements", x, o.axis)), {x, index}, o.name)[0];
}

}  // namespace backflow
