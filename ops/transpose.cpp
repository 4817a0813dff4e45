#include <backflow/ops/transpose.h>

#include <numeric>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/box.h>
#include <backflow/ops/onednn/dnnl.h>

namespace backflow {
namespace {

/// `per_axis` of x, in the order of y's axes.
Shape permuted(const Shape& per_axis, const std::vector<std::size_t>& order) {
  Shape result;
  for (std::size_t a : order) result.push_back(per_axis[a]);
  return result;
}

class Transpose final : public Op {
 public:
  explicit Transpose(std::vector<std::size_t> order) : order_(std::move(order)) {}

  OpTraits traits() const override {
    return {.locality = Locality::global, .permutes = order_, .bf16 = bf16_everywhere, .options = [this] {
              return OpOptions{{"order", {order_.begin(), order_.end()}}};
            }};
  }
  std::string kind() const override { return "transpose"; }
  std::string details() const override { return to_string(Shape(order_.begin(), order_.end())); }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    return {{permuted(in[0].shape, order_), in[0].type}};
  }

  void gradient(Backward& b) const override {
    std::vector<std::size_t> inverse(order_.size());
    for (std::size_t a = 0; a < order_.size(); ++a) inverse[order_[a]] = a;
    b.set(0, b.add(std::make_shared<Transpose>(inverse), {b.grad_output()}));
  }

  Tiling tiling(const Signature& s) const override {
    const Shape& y = s.out[0].shape;
    Tiling t;
    t.nanoseconds = time_of_bytes(8.0 * static_cast<double>(elements(y)));
    if (y.empty()) return t;
    t.extent = y[0];
    t.in = {Access::along(static_cast<int>(order_[0]))};
    t.out = {Access::along(0)};
    return t;
  }

  Layouts layouts(const Signature& s, std::span<const Layout> offered) const override {
    return {{unblocked(offered[0], s.in[0])}, {Layout::preferred(s.out[0])}};
  }

  /// A copy between two orders of y's axes, which is what oneDNN calls a reorder.
  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const onednn::Desc to = onednn::describe(out[0]);
    if (order_.empty()) return onednn::reorder_kernel(to, to);
    const Shape steps = permuted(strides(in[0].whole.shape, in[0].layout), order_);
    return onednn::reorder_kernel({out[0].shape, onednn::data_type(in[0].whole.type), steps}, to);
  }

 private:
  std::vector<std::size_t> order_;
};

}  // namespace

Value transpose(Value x, const TransposeOptions& o) {
  const auto axes = static_cast<std::int64_t>(x.shape().size());
  std::vector<std::size_t> order(x.shape().size());
  std::iota(order.rbegin(), order.rend(), std::size_t{0});
  std::vector<bool> used(order.size());
  bool fits = o.order.empty() || o.order.size() == order.size();
  for (std::size_t a = 0; fits && a < o.order.size(); ++a) {
    const std::int64_t axis = o.order[a] < 0 ? o.order[a] + axes : o.order[a];
    fits = axis >= 0 && axis < axes && !used[static_cast<std::size_t>(axis)];
    if (!fits) break;
    order[a] = static_cast<std::size_t>(axis);
    used[order[a]] = true;
  }
  require(fits, "[transpose] input has shape ", to_string(x.shape()), ", its axes have no order ", to_string(o.order));
  return x.graph->add(std::make_shared<Transpose>(std::move(order)), {x}, o.name)[0];
}

}  // namespace backflow
