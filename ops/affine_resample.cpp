#include <backflow/ops/affine_resample.h>

#include <algorithm>
#include <array>
#include <cmath>

#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/image.h>

namespace backflow {
namespace {

constexpr double kResampleNanoseconds = 4;

/// The four pixels that surround a point, and their weights.
struct BilinearTaps {
  std::array<std::int64_t, 4> offset;  // of the pixel's first channel; negative beyond the border
  std::array<float, 4> weight;

  BilinearTaps(const float* a, std::int64_t i, std::int64_t j, const ImageSize& x) {
    const auto fi = static_cast<float>(i), fj = static_cast<float>(j);
    // Further out than one pixel everything is fill; clamped, the coordinates fit an integer.
    const float u = std::clamp(a[0] * fj + a[1] * fi + a[2], -2.0F, static_cast<float>(x.w) + 1);
    const float v = std::clamp(a[3] * fj + a[4] * fi + a[5], -2.0F, static_cast<float>(x.h) + 1);
    const float left = std::floor(u), top = std::floor(v);
    const float right_share = u - left, bottom_share = v - top;
    for (std::size_t k = 0; k < 4; ++k) {
      const auto column = static_cast<std::int64_t>(left) + static_cast<std::int64_t>(k % 2);
      const auto row = static_cast<std::int64_t>(top) + static_cast<std::int64_t>(k / 2);
      const bool inside = column >= 0 && column < x.w && row >= 0 && row < x.h;
      offset[k] = inside ? row * x.row() + column * x.c : -1;
      weight[k] = (k % 2 ? right_share : 1 - right_share) * (k / 2 ? bottom_share : 1 - bottom_share);
    }
  }
};

const float* checked(const float* matrix) {
  require(std::all_of(matrix, matrix + 6, [](float a) { return std::isfinite(a); }),
          "[affine_resample] a matrix is not finite");
  return matrix;
}

/// Calls body(taps, offset of the result's pixel) for every pixel of one result.
template <class Body>
void for_each_pixel(const float* matrix, const ImageSize& x, const ImageSize& y, Body body) {
  for (std::int64_t i = 0; i < y.h; ++i)
    for (std::int64_t j = 0; j < y.w; ++j) body(BilinearTaps(matrix, i, j, x), i * y.row() + j * y.c);
}

/// dx from dy [N · copies, C, h, w] and the matrices; the copies' shares are added in order.
class AffineResampleGradient final : public Op {
 public:
  AffineResampleGradient(Shape x, AffineResampleOptions o) : x_(std::move(x)), o_(std::move(o)) {}
  std::string kind() const override { return "affine_resample_gradient"; }
  std::vector<Spec> infer(std::span<const Spec>) const override { return {{x_}}; }
  void gradient(Backward& b) const override;

  Tiling tiling(const Signature& s) const override {
    const Access copies{Access::range, 0, o_.copies, 0, o_.copies - 1};
    Tiling t = row_tiling(s, kResampleNanoseconds * static_cast<double>(elements(s.in[0].shape)));
    t.in = {copies, copies};
    return t;
  }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return image_layouts(s); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    return loop_kernel([x = ImageSize(out[0].shape), y = ImageSize(in[0].shape), copies = o_.copies](const Buffers& b) {
      std::fill_n(b.output(), x.n * x.sample(), 0.0F);
      for (std::int64_t m = 0; m < y.n; ++m) {
        const float* from = b.input(0) + m * y.sample();
        float* to = b.output() + m / copies * x.sample();
        for_each_pixel(checked(b.input(1) + m * 6), x, y, [&](const BilinearTaps& taps, std::int64_t pixel) {
          for (std::size_t k = 0; k < 4; ++k)
            for (std::int64_t c = 0; taps.offset[k] >= 0 && c < x.c; ++c)
              to[taps.offset[k] + c] += taps.weight[k] * from[pixel + c];
        });
      }
    });
  }

 private:
  Shape x_;
  AffineResampleOptions o_;
};

class AffineResample final : public Op {
 public:
  explicit AffineResample(AffineResampleOptions o) : o_(std::move(o)) {}
  OpTraits traits() const override { return {.locality = Locality::global, .images = true}; }
  std::string kind() const override { return "affine_resample"; }
  std::string details() const override { return str_cat(o_.height, "×", o_.width, ", copies ", o_.copies); }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require_images("affine_resample", in[0]);
    const Shape& x = in[0].shape;
    require(in[1] == Spec{{x[0] * o_.copies, 2, 3}}, "[affine_resample] matrices need shape [", x[0] * o_.copies,
            ", 2, 3], got ", to_string(in[1]));
    return {{{x[0] * o_.copies, x[1], o_.height, o_.width}}};
  }

  void gradient(Backward& b) const override {
    b.refuse(1);
    b.set(0, b.add(std::make_shared<AffineResampleGradient>(b.input(0).shape(), o_), {b.grad_output(), b.input(1)}));
  }

  Tiling tiling(const Signature& s) const override {
    Tiling t = row_tiling(s, kResampleNanoseconds * static_cast<double>(elements(s.out[0].shape)));
    if (o_.copies > 1) t.in[0] = Access{};
    return t;
  }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return image_layouts(s); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View> out) const override {
    const std::int64_t first = o_.copies > 1 ? out[0].begin[0] : 0;  // with copies, x is read as a whole
    return loop_kernel([=, x = ImageSize(in[0].shape), y = ImageSize(out[0].shape), o = o_](const Buffers& b) {
      for (std::int64_t m = 0; m < y.n; ++m) {
        const float* from = b.input(0) + (first + m) / o.copies * x.sample();
        float* to = b.output() + m * y.sample();
        for_each_pixel(checked(b.input(1) + m * 6), x, y, [&](const BilinearTaps& taps, std::int64_t pixel) {
          for (std::int64_t c = 0; c < x.c; ++c) {
            float total = 0;
            for (std::size_t k = 0; k < 4; ++k)
              total += taps.weight[k] * (taps.offset[k] >= 0 ? from[taps.offset[k] + c] : o.fill);
            to[pixel + c] = total;
          }
        });
      }
    });
  }

 private:
  AffineResampleOptions o_;
};

void AffineResampleGradient::gradient(Backward& b) const {
  b.refuse(1);
  AffineResampleOptions linear = o_;
  linear.fill = 0;
  b.set(0, b.add(std::make_shared<AffineResample>(linear), {b.grad_output(), b.input(1)}));
}

}  // namespace

Value affine_resample(Value x, Value matrices, const AffineResampleOptions& options) {
  require_images("affine_resample", x.spec());
  AffineResampleOptions o = options;
  if (o.height == 0) o.height = x.shape()[2];
  if (o.width == 0) o.width = x.shape()[3];
  require(o.height > 0 && o.width > 0 && o.copies > 0,
          "[affine_resample] height, width and copies need to be positive, got ", o.height, ", ", o.width, ", ",
          o.copies);
  return x.graph->add(std::make_shared<AffineResample>(o), {x, matrices}, o.name)[0];
}

}  // namespace backflow
