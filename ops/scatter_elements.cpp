#include <backflow/ops/scatter_elements.h>

#include <algorithm>

#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/axis.h>
#include <backflow/ops/detail/image.h>
#include <backflow/ops/detail/indices.h>
#include <backflow/ops/detail/scatter.h>
#include <backflow/ops/gather_elements.h>

namespace backflow {
namespace {

/// Inputs: index, updates, and perhaps x; zeros without it.
class ScatterElements final : public Op {
 public:
  ScatterElements(int axis, bool add, Shape shape) : axis_(axis), add_(add), shape_(std::move(shape)) {}
  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "scatter_elements"; }
  std::string details() const override { return str_cat("axis ", axis_, add_ ? ", added" : ""); }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require_elements("scatter_elements", {shape_}, in[0], static_cast<std::size_t>(axis_));
    require(in[1] == Spec{in[0].shape}, "[scatter_elements] updates need shape ", to_string(in[0].shape), " f32, got ",
            to_string(in[1]));
    return {{shape_}};
  }

  void gradient(Backward& b) const override {
    const Value dy = b.grad_output(), index = b.input(0);
    const bool has_x = b.graph().node(b.output(0)).in.size() > 2;
    if (b.wants(1)) b.set(1, gather_elements(dy, index, {.axis = axis_}));
    if (!has_x || !b.wants(2)) return;
    if (add_) return b.set(2, dy);
    const Value nothing = b.graph().constant("no_updates", {index.shape()}, zeros());
    b.set(2, b.add(std::make_shared<ScatterElements>(axis_, false, shape_), {index, nothing, dy}));
  }

  Tiling tiling(const Signature& s) const override {
    Tiling t;
    if (axis_ != 0 && shape_[0] == s.in[0].shape[0]) t = row_tiling(s, 0);
    t.nanoseconds = time_of_bytes(2 * bytes_of(s));
    return t;
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const ElementWalk walk(in[0], out[0], static_cast<std::size_t>(axis_));
    const std::int64_t length = shape_[static_cast<std::size_t>(axis_)], n = elements(out[0].shape);
    return loop_kernel([walk, length, n, add = add_, has_x = in.size() > 2, type = in[0].whole.type](const Buffers& b) {
      if (has_x)
        std::copy_n(b.input(2), n, b.output());
      else
        std::fill_n(b.output(), n, 0.0F);
      with_indices("scatter_elements", type, b.in[0], length, [&](auto at) {
        walk.run([&](std::int64_t i, std::int64_t place) {
          float& y = b.output()[place + at(i) * walk.axis_step()];
          y = add ? y + b.input(1)[i] : b.input(1)[i];
        });
      });
    });
  }

 private:
  int axis_;
  bool add_;
  Shape shape_;
};

}  // namespace

Value scatter_sum(Value index, Value updates, const Shape& shape, int axis) {
  return index.graph->add(std::make_shared<ScatterElements>(axis, true, shape), {index, updates})[0];
}

Value scatter_elements(Value x, Value index, Value updates, const ScatterElementsOptions& o) {
  const int axis = axis_of("scatter_elements", x, o.axis);
  return x.graph->add(std::make_shared<ScatterElements>(axis, o.add, x.shape()), {index, updates, x}, o.name)[0];
}

}  // namespace backflow
