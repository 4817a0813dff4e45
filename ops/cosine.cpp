#include <backflow/ops/cosine.h>

#include <cmath>

#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/image.h>
#include <backflow/ops/kernels/lanes.h>

namespace backflow {
namespace {

constexpr float kEpsilon = 1e-12F;

/// The lengths of a sample's two vectors and their inner product.
struct Products {
  float aa, bb, ab;
  Products(const float* a, const float* b, std::int64_t n)
      : aa(lane_sum(n, [=](std::int64_t i) { return a[i] * a[i]; })),
        bb(lane_sum(n, [=](std::int64_t i) { return b[i] * b[i]; })),
        ab(lane_sum(n, [=](std::int64_t i) { return a[i] * b[i]; })) {}

  float denominator() const { return std::sqrt(aa) * std::sqrt(bb) + kEpsilon; }
};

/// da from the seed [N], a and b: (b − y a ‖b‖ / ‖a‖) / (‖a‖ ‖b‖ + ε)
class CosineGradient final : public Op {
 public:
  std::string kind() const override { return "cosine_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[1]}; }
  Tiling tiling(const Signature& s) const override { return row_tiling(s, time_of_bytes(2 * bytes_of(s))); }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return image_layouts(s); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const std::int64_t rows = in[1].shape[0], length = elements(in[1].shape) / rows;
    return loop_kernel([rows, length](const Buffers& buffers) {
      for (std::int64_t n = 0; n < rows; ++n) {
        const float *a = buffers.input(1) + n * length, *b = buffers.input(2) + n * length;
        float* da = buffers.output() + n * length;
        const Products p(a, b, length);
        const float of_b = buffers.input(0)[n] / p.denominator();
        const float of_a = p.aa > 0 ? of_b * p.ab / p.denominator() * std::sqrt(p.bb) / std::sqrt(p.aa) : 0;
        for (std::int64_t i = 0; i < length; ++i) da[i] = of_b * b[i] - of_a * a[i];
      }
    });
  }
};

class Cosine final : public Op {
 public:
  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "cosine"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(in[0] == in[1] && !in[0].shape.empty(), "[cosine] both values need one shape [N, …], got ",
            to_string(in[0]), " and ", to_string(in[1]));
    return {{{in[0].shape[0]}}};
  }

  void gradient(Backward& b) const override {
    for (std::size_t i : {0, 1})
      if (b.wants(i))
        b.set(i, b.add(std::make_shared<CosineGradient>(), {b.grad_output(), b.input(i), b.input(1 - i)}));
  }

  Tiling tiling(const Signature& s) const override { return row_tiling(s, time_of_bytes(2 * bytes_of(s))); }
  Layouts layouts(const Signature& s, std::span<const Layout>) const override { return image_layouts(s); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const std::int64_t rows = in[0].shape[0], length = elements(in[0].shape) / rows;
    return loop_kernel([rows, length](const Buffers& b) {
      for (std::int64_t n = 0; n < rows; ++n) {
        const Products p(b.input(0) + n * length, b.input(1) + n * length, length);
        b.output()[n] = p.ab / p.denominator();
      }
    });
  }
};

}  // namespace

Value cosine(Value a, Value b, const std::string& name) {
  return a.graph->add(std::make_shared<Cosine>(), {a, b}, name)[0];
}

}  // namespace backflow
