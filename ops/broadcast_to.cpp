#include <backflow/ops/broadcast_to.h>

#include <backflow/graph/error.h>
#include <backflow/ops/detail/broadcast.h>
#include <backflow/ops/sum_to.h>

namespace backflow {
namespace {

class BroadcastTo final : public Op {
 public:
  explicit BroadcastTo(Shape shape) : shape_(std::move(shape)) {}

  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "broadcast_to"; }
  std::string details() const override { return to_string(shape_); }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(broadcast_shape(kind(), in[0], {shape_}) == shape_, "[broadcast_to] shape ", to_string(in[0].shape),
            " cannot be repeated to ", to_string(shape_));
    return {{shape_}};
  }
  void gradient(Backward& b) const override { b.set(0, sum_to(b.grad_output(), b.input(0).shape())); }
  Tiling tiling(const Signature& whole) const override { return broadcast_tiling(whole); }
  Layouts layouts(const Signature& tile, std::span<const Layout> offered) const override {
    return broadcast_layouts(tile, offered);
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    return loop_kernel([loops = broadcast_loops(out[0], {in[0], in[0]})](const Buffers& b) {
      walk(std::span<const Loop>(loops), [&](const Place& at, const Loop& loop) {
        const float* x = b.input() + at[1];
        combine(
            loop, [](float value, float) { return value; }, b.output() + at[0], x, x);
      });
    });
  }

 private:
  Shape shape_;
};

}  // namespace

Value broadcast_to(Value x, const Shape& shape, const std::string& name) {
  if (x.shape() == shape) return x;
  return x.graph->add(std::make_shared<BroadcastTo>(shape), {x}, name)[0];
}

}  // namespace backflow
