#include <backflow/ops/slice.h>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/box.h>
#include <backflow/ops/pad.h>

namespace backflow {
namespace {

class Slice final : public Op {
 public:
  Slice(Shape begin, Shape shape) : begin_(std::move(begin)), shape_(std::move(shape)) {}

  OpTraits traits() const override {
    return {.locality = Locality::global,
            .bf16 = bf16_everywhere,
            .slices = [this](const Signature& whole) { return part(whole); },
            .options =
                [this] {
                  return OpOptions{{"begin", {begin_.begin(), begin_.end()}}};
                }};
  }
  std::string kind() const override { return "slice"; }
  std::string details() const override { return to_string(shape_) + " at " + to_string(begin_); }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    const Shape& x = in[0].shape;
    bool inside = begin_.size() == x.size() && shape_.size() == x.size();
    for (std::size_t a = 0; inside && a < x.size(); ++a)
      inside = begin_[a] >= 0 && shape_[a] > 0 && begin_[a] <= x[a] - shape_[a];
    require(inside, "[slice] input has shape ", to_string(x), ", there is no box of ", to_string(shape_), " at ",
            to_string(begin_), " in it");
    return {{shape_, in[0].type}};
  }

  void gradient(Backward& b) const override {
    Shape after = b.input(0).shape();
    for (std::size_t a = 0; a < after.size(); ++a) after[a] -= begin_[a] + shape_[a];
    b.set(0, pad(b.grad_output(), {.before = begin_, .after = after}));
  }

  Tiling tiling(const Signature& s) const override {
    Tiling t;
    const double time = time_of_bytes(8.0 * static_cast<double>(elements(shape_)));
    if (!shape_.empty() && s.in[0].shape[0] == shape_[0]) t = row_tiling(s, time);
    t.nanoseconds = time;
    return t;
  }

  Layouts layouts(const Signature& s, std::span<const Layout> offered) const override {
    const Layout layout = unblocked(offered[0], s.in[0]);
    return {{layout}, {layout}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const BoxCopy box(out[0].shape, strides(in[0].whole.shape, in[0].layout),
                      strides(out[0].whole.shape, out[0].layout), out[0].whole.type);
    const auto begin = offset_of(in[0], begin_);
    return loop_kernel([box, begin](const Buffers& b) { box.run(b.in[0] + begin, b.out[0]); });
  }

 private:
  std::optional<Part> part(const Signature& s) const {
    std::optional<Part> found;
    for (std::size_t a = 0; a < shape_.size(); ++a) {
      if (shape_[a] == s.in[0].shape[a]) continue;
      if (found) return {};
      found = Part{static_cast<std::int64_t>(a), begin_[a], shape_[a]};
    }
    return found;
  }

  Shape begin_, shape_;
};

}  // namespace

Value slice(Value x, const SliceOptions& o) {
  Shape begin(x.shape().size(), 0), shape = x.shape();
  require(o.axis >= 0 && o.axis < static_cast<std::int64_t>(shape.size()), "[slice] input has shape ", to_string(shape),
          ", there is no axis ", o.axis);
  begin[static_cast<std::size_t>(o.axis)] = o.begin;
  shape[static_cast<std::size_t>(o.axis)] = o.length;
  return slice(x, begin, shape, o.name);
}

Value slice(Value x, const Shape& begin, const Shape& shape, const std::string& name) {
  return x.graph->add(std::make_shared<Slice>(begin, shape), {x}, name)[0];
}

}  // namespace backflow
