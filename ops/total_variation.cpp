#include <backflow/ops/total_variation.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/image.h>
#include <backflow/ops/kernels/lanes.h>

namespace backflow {
namespace {

double variation_time(const Spec& x) { return static_cast<double>(elements(x.shape)); }

float sign(float x) { return static_cast<float>(x > 0) - static_cast<float>(x < 0); }

/// dx from the seed [N] and x.
class TotalVariationGradient final : public Op {
 public:
  std::string kind() const override { return "total_variation_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[1]}; }
  Tiling tiling(const Signature& s) const override { return row_tiling(s, 2 * variation_time(s.in[1])); }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return image_layouts(s); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    return loop_kernel([size = ImageSize(in[1].shape)](const Buffers& b) {
      std::fill_n(b.output(), size.n * size.sample(), 0.0F);
      for (std::int64_t n = 0; n < size.n; ++n) {
        const float* x = b.input(1) + n * size.sample();
        float* dx = b.output() + n * size.sample();
        for (std::int64_t h = 0; h < size.h; ++h) {
          add_signs(x + h * size.row(), dx + h * size.row(), size.c, size.row() - size.c, b.input(0)[n]);
          if (h + 1 < size.h) add_signs(x + h * size.row(), dx + h * size.row(), size.row(), size.row(), b.input(0)[n]);
        }
      }
    });
  }

 private:
  /// Of `count` differences between elements that are `distance` apart.
  static void add_signs(const float* x, float* dx, std::int64_t distance, std::int64_t count, float seed) {
    for (std::int64_t i = 0; i < count; ++i) dx[i] -= seed * sign(x[i + distance] - x[i]);
    for (std::int64_t i = 0; i < count; ++i) dx[i + distance] += seed * sign(x[i + distance] - x[i]);
  }
};

class TotalVariation final : public Op {
 public:
  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "total_variation"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require_images("total_variation", in[0]);
    return {{{in[0].shape[0]}}};
  }

  void gradient(Backward& b) const override {
    b.set(0, b.add(std::make_shared<TotalVariationGradient>(), {b.grad_output(), b.input(0)}));
  }

  Tiling tiling(const Signature& s) const override { return row_tiling(s, variation_time(s.in[0])); }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return image_layouts(s); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    return loop_kernel([size = ImageSize(in[0].shape)](const Buffers& b) {
      for (std::int64_t n = 0; n < size.n; ++n) {
        float total = 0;
        for (std::int64_t h = 0; h < size.h; ++h) {
          const float* x = b.input() + n * size.sample() + h * size.row();
          const float* below = x + size.row();
          total += lane_sum(size.row() - size.c, [=](std::int64_t i) { return std::abs(x[i + size.c] - x[i]); });
          if (h + 1 < size.h) total += lane_sum(size.row(), [=](std::int64_t i) { return std::abs(below[i] - x[i]); });
        }
        b.output()[n] = total;
      }
    });
  }
};

}  // namespace

Value total_variation(Value x, const std::string& name) {
  return x.graph->add(std::make_shared<TotalVariation>(), {x}, name)[0];
}

}  // namespace backflow
