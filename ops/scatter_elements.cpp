#include <backflow/ops/scatter_elements.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/gradient.h>
#include <backflow/ops/add.h>
#include <backflow/ops/compare.h>
#include <backflow/ops/detail/axis.h>
#include <backflow/ops/detail/image.h>
#include <backflow/ops/detail/indices.h>
#include <backflow/ops/detail/scatter.h>
#include <backflow/ops/divide.h>
#include <backflow/ops/gather_elements.h>
#include <backflow/ops/multiply.h>

namespace backflow {
namespace {

using Reduction = ScatterReduction;

/// y as it is so far, and one more update.
float combined(Reduction reduction, float y, float update) {
  switch (reduction) {
    case Reduction::add:
      return y + update;
    case Reduction::multiply:
      return y * update;
    case Reduction::maximum:
      return update > y || std::isnan(update) ? update : y;
    case Reduction::minimum:
      return update < y || std::isnan(update) ? update : y;
    case Reduction::none:
      break;
  }
  return update;
}

/// Inputs: index, updates, and perhaps x; zeros without it.
class ScatterElements final : public Op {
 public:
  ScatterElements(int axis, Reduction reduction, Shape shape)
      : axis_(axis), reduction_(reduction), shape_(std::move(shape)) {}
  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "scatter_elements"; }
  std::string details() const override {
    return str_cat("axis ", axis_, reduction_ == Reduction::none ? "" : ", " + name_of(reduction_));
  }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require_elements("scatter_elements", {shape_}, in[0], static_cast<std::size_t>(axis_));
    require(in[1] == Spec{in[0].shape}, "[scatter_elements] updates need shape ", to_string(in[0].shape), " f32, got ",
            to_string(in[1]));
    return {{shape_}};
  }

  void gradient(Backward& b) const override {
    if (reduction_ == Reduction::multiply) return product_gradient(b);
    if (reduction_ == Reduction::maximum || reduction_ == Reduction::minimum) return extreme_gradient(b);
    const Value dy = b.grad_output(), index = b.input(0);
    const bool has_x = b.graph().node(b.output(0)).in.size() > 2;
    if (b.wants(1)) b.set(1, gather_elements(dy, index, {.axis = axis_}));
    if (!has_x || !b.wants(2)) return;
    if (reduction_ == Reduction::add) return b.set(2, dy);
    const Value nothing = b.graph().constant("no_updates", {index.shape()}, zeros());
    b.set(2, b.add(std::make_shared<ScatterElements>(axis_, Reduction::none, shape_), {index, nothing, dy}));
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
    return loop_kernel(
        [walk, length, n, reduction = reduction_, has_x = in.size() > 2, type = in[0].whole.type](const Buffers& b) {
          if (has_x)
            std::copy_n(b.input(2), n, b.output());
          else
            std::fill_n(b.output(), n, 0.0F);
          with_indices("scatter_elements", type, b.in[0], length, [&](auto at) {
            walk.run([&](std::int64_t i, std::int64_t place) {
              float& y = b.output()[place + at(i) * walk.axis_step()];
              y = combined(reduction, y, b.input(1)[i]);
            });
          });
        });
  }

 private:
  Value scattered(Reduction reduction, Value index, Value updates, Value x) const {
    return x.graph->add(std::make_shared<ScatterElements>(axis_, reduction, shape_), {index, updates, x})[0];
  }
  Value at(Value index, Value x) const { return gather_elements(x, index, {.axis = axis_}); }

  /// That of each factor is dy times the product of the others: of those that are not zero, unless one is.
  void product_gradient(Backward& b) const {
    const Value dy = b.grad_output(), index = b.input(0), updates = b.input(1), x = b.input(2);
    const Value zero = b.graph().constant("zero", {{1}}, zeros());
    const Value x_zero = equal(x, zero), update_zero = equal(updates, zero);
    const Value x_factor = add(x, x_zero), update_factor = add(updates, update_zero);
    const Value product = multiply(dy, scattered(Reduction::multiply, index, update_factor, x_factor));
    const Value count = scattered(Reduction::add, index, update_zero, x_zero);
    if (b.wants(2)) b.set(2, multiply(divide(product, x_factor), equal(count, x_zero)));
    if (b.wants(1)) b.set(1, multiply(divide(at(index, product), update_factor), equal(at(index, count), update_zero)));
  }

  /// All that are as large as the largest one have equal parts.
  void extreme_gradient(Backward& b) const {
    const Value index = b.input(0), y = b.output(0);
    const Value x_is = equal(b.input(2), y), update_is = equal(b.input(1), at(index, y));
    const Value each = divide(b.grad_output(), scattered(Reduction::add, index, update_is, x_is));
    if (b.wants(2)) b.set(2, multiply(x_is, each));
    if (b.wants(1)) b.set(1, multiply(update_is, at(index, each)));
  }

  int axis_;
  Reduction reduction_;
  Shape shape_;
};

}  // namespace

Value scatter_sum(Value index, Value updates, const Shape& shape, int axis) {
  return index.graph->add(std::make_shared<ScatterElements>(axis, Reduction::add, shape), {index, updates})[0];
}

Value scatter_elements(Value x, Value index, Value updates, const ScatterElementsOptions& o) {
  const int axis = axis_of("scatter_elements", x, o.axis);
  return x.graph->add(std::make_shared<ScatterElements>(axis, o.reduction, x.shape()), {index, updates, x}, o.name)[0];
}

}  // namespace backflow
