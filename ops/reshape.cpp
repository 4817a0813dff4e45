#include <backflow/ops/reshape.h>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/onednn/dnnl.h>

namespace backflow {
namespace {

class Reshape final : public Op {
 public:
  explicit Reshape(Shape to) : to_(std::move(to)) {}

  OpTraits traits() const override {
    return {.locality = Locality::global, .keeps_order = true, .bf16 = bf16_everywhere};
  }
  std::string kind() const override { return "reshape"; }
  std::string details() const override { return to_string(to_); }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(elements(in[0].shape) == elements(to_), "[reshape] ", to_string(in[0].shape), " has ",
            elements(in[0].shape), " elements, ", to_string(to_), " needs ", elements(to_));
    return {{to_, in[0].type}};
  }

  void gradient(Backward& b) const override { b.set(0, reshape(b.grad_output(), b.input(0).shape())); }

  Tiling tiling(const Signature& s) const override {
    const double cost = time_of_bytes(8.0 * static_cast<double>(elements(to_)));
    if (!to_.empty() && !s.in[0].shape.empty() && s.in[0].shape[0] == to_[0]) return row_tiling(s, cost);
    Tiling t;
    t.nanoseconds = cost;
    return t;
  }

  /// Images are nhwc on their side, unless both sides are images; what has other axes is row-major.
  Layouts layouts(const Signature& s, std::span<const Layout> offered) const override {
    const Spec &in = s.in[0], &out = s.out[0];
    if (in.image == out.image || (offered[0].is_plain() && !out.image)) return {{{}}, {{}}};
    return {{Layout::preferred(in)}, {Layout::preferred(out)}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    // Both sides in the shape of the one that is not row-major; the other is the same memory with that shape.
    const bool from_images = !in[0].layout.is_plain();
    const Spec shape{from_images ? in[0].shape : out[0].shape, in[0].whole.type};
    return onednn::reorder_kernel(onednn::describe(shape, in[0].layout), onednn::describe(shape, out[0].layout));
  }

 private:
  Shape to_;
};

/// Axes of length 1 do not count: an image of one channel is nhwc as well as row-major.
bool same_strides(const Shape& shape, const Shape& a, const Shape& b) {
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] != 1 && a[i] != b[i]) return false;
  return true;
}

bool is_row_major(const Shape& shape, const Layout& layout) {
  return same_strides(shape, strides(shape, layout), strides(shape, Layout()));
}

/// The input's strides, in the order of the output's axes.
Shape permuted_strides(const std::vector<std::size_t>& order, const Shape& shape, const Layout& layout) {
  const Shape from = strides(shape, layout);
  Shape result;
  for (std::size_t a : order) result.push_back(from[a]);
  return result;
}

}  // namespace

bool is_view(const Op& op, const Spec& in, const Layout& in_layout, const Spec& out, const Layout& out_layout) {
  if (in_layout.is_blocked() || out_layout.is_blocked()) return false;
  const OpTraits traits = op.traits();
  if (!traits.permutes.empty())
    return same_strides(out.shape, permuted_strides(traits.permutes, in.shape, in_layout),
                        strides(out.shape, out_layout));
  return traits.keeps_order && is_row_major(in.shape, in_layout) && is_row_major(out.shape, out_layout);
}

Value reshape(Value x, const Shape& shape, const std::string& name) {
  return x.graph->add(std::make_shared<Reshape>(shape), {x}, name)[0];
}

Value flatten(Value x, const std::string& name) {
  const Shape& s = x.shape();
  require(!s.empty(), "[flatten] needs at least one axis");
  return reshape(x, {s[0], elements(s) / s[0]}, name);
}

}  // namespace backflow
