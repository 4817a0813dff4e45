#include <backflow/ops/roll.h>

#include <algorithm>

#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/image.h>

namespace backflow {
namespace {

/// Inputs x [N, C, H, W], offsets [N, 2]; `sign` −1 rolls back.
class Roll final : public Op {
 public:
  explicit Roll(int sign) : sign_(sign) {}

  OpTraits traits() const override { return {.locality = Locality::global, .images = true}; }
  std::string kind() const override { return sign_ > 0 ? "roll" : "roll_back"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require_images("roll", in[0]);
    require(in[1] == Spec{{in[0].shape[0], 2}, Type::s32}, "[roll] offsets need shape [", in[0].shape[0],
            ", 2] s32, got ", to_string(in[1]));
    return {in[0]};
  }

  void gradient(Backward& b) const override {
    if (b.wants(0)) b.set(0, b.add(std::make_shared<Roll>(-sign_), {b.grad_output(), b.input(1)}));
  }

  Tiling tiling(const Signature& s) const override { return row_tiling(s, time_of_bytes(bytes_of(s))); }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return image_layouts(s); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    return loop_kernel([size = ImageSize(in[0].shape), sign = sign_](const Buffers& b) {
      const std::int32_t* offsets = b.input<std::int32_t>(1);
      for (std::int64_t n = 0; n < size.n; ++n)
        roll_image(b.input() + n * size.sample(), b.output() + n * size.sample(), size,
                   wrapped(sign * std::int64_t{offsets[2 * n]}, size.h),
                   wrapped(sign * std::int64_t{offsets[2 * n + 1]}, size.w));
    });
  }

 private:
  static std::int64_t wrapped(std::int64_t i, std::int64_t length) { return (i % length + length) % length; }

  static void roll_image(const float* x, float* y, const ImageSize& size, std::int64_t dy, std::int64_t dx) {
    const std::int64_t head = dx * size.c, tail = size.row() - head;
    for (std::int64_t h = 0; h < size.h; ++h) {
      const float* from = x + h * size.row();
      float* to = y + (h + dy) % size.h * size.row();
      std::copy_n(from, tail, to + head);
      std::copy_n(from + tail, head, to);
    }
  }

  int sign_;
};

}  // namespace

Value roll(Value x, Value offsets, const std::string& name) {
  return x.graph->add(std::make_shared<Roll>(1), {x, offsets}, name)[0];
}

}  // namespace backflow
