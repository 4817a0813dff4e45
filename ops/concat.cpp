#include <backflow/ops/concat.h>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/box.h>
#include <backflow/ops/slice.h>

namespace backflow {
namespace {

class Concat final : public Op {
 public:
  explicit Concat(std::int64_t axis) : axis_(static_cast<std::size_t>(axis)) {}

  OpTraits traits() const override {
    return {.locality = Locality::pointwise,
            .bf16 = bf16_everywhere,
            .concatenates = [this](const Signature& whole) { return parts(whole); },
            .options =
                [this] {
                  return OpOptions{{"axis", {static_cast<double>(axis_)}}};
                }};
  }
  std::string kind() const override { return "concat"; }
  std::string details() const override { return "axis " + std::to_string(axis_); }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    Spec y = in[0];
    require(axis_ < y.shape.size(), "[concat] input has shape ", to_string(y), ", there is no axis ", axis_);
    y.shape[axis_] = 0;
    for (const Spec& x : in) {
      Spec rest = x;
      if (axis_ < rest.shape.size()) rest.shape[axis_] = 0;
      Spec expected = in[0];
      expected.shape[axis_] = 0;
      require(rest == expected, "[concat] shapes need to agree but for axis ", axis_, ", got ", to_string(in[0]),
              " and ", to_string(x));
      y.shape[axis_] += x.shape[axis_];
    }
    return {y};
  }

  void gradient(Backward& b) const override {
    const std::size_t count = b.graph().node(b.output(0)).in.size();
    std::int64_t begin = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::int64_t length = b.input(i).shape()[axis_];
      const SliceOptions part{.axis = static_cast<std::int64_t>(axis_), .begin = begin, .length = length};
      if (b.wants(i)) b.set(i, slice(b.grad_output(), part));
      begin += length;
    }
  }

  Tiling tiling(const Signature& s) const override {
    Tiling t;
    const double time = time_of_bytes(8.0 * static_cast<double>(elements(s.out[0].shape)));
    if (axis_ != 0) t = row_tiling(s, time);
    t.nanoseconds = time;
    return t;
  }

  Layouts layouts(const Signature& s, std::span<const Layout> offered) const override {
    const Layout layout = unblocked(offered[0], s.out[0]);
    return {std::vector(s.in.size(), layout), {layout}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    std::vector<std::pair<BoxCopy, std::ptrdiff_t>> parts;
    Shape begin(out[0].shape.size(), 0);
    for (const View& x : in) {
      parts.emplace_back(
          BoxCopy(x.shape, strides(x.whole.shape, x.layout), strides(out[0].whole.shape, out[0].layout), x.whole.type),
          offset_of(out[0], begin));
      begin[axis_] += x.shape[axis_];
    }
    return loop_kernel([parts](const Buffers& b) {
      for (std::size_t i = 0; i < parts.size(); ++i) parts[i].first.run(b.in[i], b.out[0] + parts[i].second);
    });
  }

 private:
  std::vector<Part> parts(const Signature& whole) const {
    std::vector<Part> result;
    std::int64_t begin = 0;
    for (const Spec& x : whole.in) {
      result.push_back({static_cast<std::int64_t>(axis_), begin, x.shape[axis_]});
      begin += x.shape[axis_];
    }
    return result;
  }

  std::size_t axis_;
};

}  // namespace

Value concat(const std::vector<Value>& x, const ConcatOptions& options) {
  require(!x.empty() && x[0], "[concat] needs at least one value");
  require(options.axis >= 0, "[concat] axis needs to be ≥ 0, got ", options.axis);
  return x[0].graph->add(std::make_shared<Concat>(options.axis), x, options.name)[0];
}

}  // namespace backflow
