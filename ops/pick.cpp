#include <backflow/ops/pick.h>

#include <algorithm>

#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/image.h>

namespace backflow {
namespace {

/// x as [N, places, C] in memory, channels innermost.
struct PickSizes {
  std::int64_t n, channels, places;
  explicit PickSizes(const Shape& x) : n(x[0]), channels(x[1]), places(elements(x) / (x[0] * x[1])) {}

  /// Offset of the chosen channel of sample `i`.
  std::int64_t chosen(const std::int32_t* index, std::int64_t i) const {
    require(index[i] >= 0 && index[i] < channels, "[pick] index ", index[i], " is not in 0 … ", channels - 1);
    return i * places * channels + index[i];
  }
};

/// dx from dy and the indices: zero but for the chosen channels.
class PickGradient final : public Op {
 public:
  explicit PickGradient(Shape x) : x_(std::move(x)) {}
  std::string kind() const override { return "pick_gradient"; }
  std::vector<Spec> infer(std::span<const Spec>) const override { return {{x_}}; }
  void gradient(Backward& b) const override;
  Tiling tiling(const Signature& s) const override { return row_tiling(s, time_of_bytes(bytes_of(s))); }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return image_layouts(s); }

  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    return loop_kernel([s = PickSizes(out[0].shape)](const Buffers& b) {
      std::fill_n(b.output(), s.n * s.places * s.channels, 0.0F);
      for (std::int64_t n = 0; n < s.n; ++n) {
        float* dx = b.output() + s.chosen(b.input<std::int32_t>(1), n);
        for (std::int64_t p = 0; p < s.places; ++p) dx[p * s.channels] = b.input(0)[n * s.places + p];
      }
    });
  }

 private:
  Shape x_;
};

class Pick final : public Op {
 public:
  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "pick"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    const Shape& x = in[0].shape;
    require(x.size() == 2 || x.size() == 4, "[pick] needs shape [N, C] or [N, C, H, W], got ", to_string(x));
    require(in[1] == Spec{{x[0]}, Type::s32}, "[pick] indices need shape [", x[0], "] s32, got ", to_string(in[1]));
    Shape y = x;
    y.erase(y.begin() + 1);
    return {{y}};
  }

  void gradient(Backward& b) const override {
    b.set(0, b.add(std::make_shared<PickGradient>(b.input(0).shape()), {b.grad_output(), b.input(1)}));
  }

  Tiling tiling(const Signature& s) const override {
    return row_tiling(s, time_of_bytes(64.0 * static_cast<double>(elements(s.out[0].shape))));  // a cache line each
  }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return image_layouts(s); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    return loop_kernel([s = PickSizes(in[0].shape)](const Buffers& b) {
      for (std::int64_t n = 0; n < s.n; ++n) {
        const float* x = b.input(0) + s.chosen(b.input<std::int32_t>(1), n);
        for (std::int64_t p = 0; p < s.places; ++p) b.output()[n * s.places + p] = x[p * s.channels];
      }
    });
  }
};

void PickGradient::gradient(Backward& b) const {
  b.set(0, b.add(std::make_shared<Pick>(), {b.grad_output(), b.input(1)}));
}

}  // namespace

Value pick(Value x, Value index, const std::string& name) {
  return x.graph->add(std::make_shared<Pick>(), {x, index}, name)[0];
}

}  // namespace backflow
