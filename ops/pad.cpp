#include <backflow/ops/pad.h>

#include <algorithm>
#include <cstring>

#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/box.h>
#include <backflow/ops/detail/resample.h>
#include <backflow/ops/slice.h>
#include <backflow/ops/window.h>

namespace backflow {
namespace {

class Pad final : public Op {
 public:
  explicit Pad(PadOptions options) : o_(std::move(options)) {}

  OpTraits traits() const override {
    return {.locality = Locality::window,
            .window =
                [this](std::span<const Spec>) {
                  return SlidingWindow{{1, 1, o_.before.at(2)}, {1, 1, o_.before.at(3)}};
                },
            .options =
                [this] {
                  return OpOptions{{"before", {o_.before.begin(), o_.before.end()}},
                                   {"after", {o_.after.begin(), o_.after.end()}},
                                   {"value", {o_.value}}};
                }};
  }
  std::string kind() const override { return "pad"; }
  std::string details() const override { return to_string(o_.before) + " " + to_string(o_.after); }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    Shape y = in[0].shape;
    require(o_.before.size() == y.size() && o_.after.size() == y.size(), "[pad] input has shape ", to_string(y),
            ", got borders ", to_string(o_.before), " and ", to_string(o_.after));
    for (std::size_t a = 0; a < y.size(); ++a) {
      require(o_.before[a] >= 0 && o_.after[a] >= 0, "[pad] borders need to be ≥ 0, got ", to_string(o_.before),
              " and ", to_string(o_.after));
      y[a] += o_.before[a] + o_.after[a];
    }
    require(o_.value == 0 || in[0].type == Type::f32, "[pad] a value other than 0 needs f32, input is ",
            to_string(in[0].type));
    return {{y, in[0].type}};
  }

  void gradient(Backward& b) const override { b.set(0, slice(b.grad_output(), o_.before, b.input(0).shape())); }

  Tiling tiling(const Signature& s) const override {
    Tiling t;
    const double time = time_of_bytes(8.0 * static_cast<double>(elements(s.out[0].shape)));
    if (!o_.before.empty() && o_.before[0] == 0 && o_.after[0] == 0) t = row_tiling(s, time);
    t.nanoseconds = time;
    return t;
  }

  Layouts layouts(const Signature& s, std::span<const Layout> offered) const override {
    const Layout layout = unblocked(offered[0], s.in[0]);
    return {{layout}, {layout}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const Type type = out[0].whole.type;
    const BoxCopy box(in[0].shape, strides(in[0].whole.shape, in[0].layout), strides(out[0].whole.shape, out[0].layout),
                      type);
    const auto begin = offset_of(out[0], o_.before);
    const auto n = static_cast<std::size_t>(elements(out[0].shape));
    const float value = o_.value;
    return loop_kernel([=](const Buffers& b) {
      if (value == 0)
        std::memset(b.out[0], 0, n * size_of(type));
      else
        std::fill_n(b.output(), n, value);
      box.run(b.in[0], b.out[0] + begin);
    });
  }

 private:
  PadOptions o_;
};

/// For each element of a padded line, the element that it shows.
Taps mirrored(std::int64_t length, std::int64_t before, std::int64_t after) {
  require(before >= 0 && after >= 0 && before < length && after < length, "[reflect_pad] borders of a line of ", length,
          " elements need to be 0 … ", length - 1, ", got ", before, " and ", after);
  Taps taps{length, {}};
  for (std::int64_t i = -before; i < length + after; ++i) {
    const std::int64_t mirror = i < 0 ? -i : i;
    taps.of.push_back({{mirror < length ? mirror : 2 * (length - 1) - mirror, 1.0F}});
  }
  return taps;
}

}  // namespace

Value pad(Value x, const PadOptions& options) {
  return x.graph->add(std::make_shared<Pad>(options), {x}, options.name)[0];
}

Value reflect_pad(Value x, const ReflectPadOptions& o) {
  const Shape& s = x.shape();
  require(s.size() == 4, "[reflect_pad] input needs shape [N, C, H, W], got ", to_string(s));
  return resample("reflect_pad", x, mirrored(s[2], o.top, o.bottom), mirrored(s[3], o.left, o.right), o.name);
}

}  // namespace backflow
