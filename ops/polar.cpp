#include <backflow/ops/polar.h>

#include <cmath>

#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/image.h>

namespace backflow {
namespace {

constexpr double kNanosecondsPerAngle = 25;

double polar_time(const Spec& phase) { return kNanosecondsPerAngle * static_cast<double>(elements(phase.shape)); }

/// dφ = r (cos φ · d imaginary − sin φ · d real), from the seed, φ and r.
class PolarGradient final : public Op {
 public:
  std::string kind() const override { return "polar_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[1]}; }
  Tiling tiling(const Signature& s) const override { return row_tiling(s, polar_time(s.in[1]), {2}); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const std::int64_t planes = in[1].shape[0] * in[1].shape[1], size = elements(in[2].shape);
    return loop_kernel([planes, size](const Buffers& b) {
      for (std::int64_t p = 0; p < planes; ++p)
        for (std::int64_t i = 0; i < size; ++i) {
          const float angle = b.input(1)[p * size + i];
          const float real = b.input(0)[2 * p * size + i], imaginary = b.input(0)[(2 * p + 1) * size + i];
          b.output()[p * size + i] = b.input(2)[i] * (std::cos(angle) * imaginary - std::sin(angle) * real);
        }
    });
  }
};

class Polar final : public Op {
 public:
  OpTraits traits() const override { return {.locality = Locality::global}; }
  std::string kind() const override { return "polar"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    const Shape& x = in[0].shape;
    require(x.size() == 4, "[polar] phases need shape [N, C, H, V], got ", to_string(x));
    require(in[1] == Spec{{x[2], x[3]}}, "[polar] magnitudes need shape [", x[2], ", ", x[3], "], got ",
            to_string(in[1]));
    return {{{x[0], x[1], 2 * x[2], x[3]}}};
  }

  void gradient(Backward& b) const override {
    b.refuse(1);
    b.set(0, b.add(std::make_shared<PolarGradient>(), {b.grad_output(), b.input(0), b.input(1)}));
  }

  Tiling tiling(const Signature& s) const override { return row_tiling(s, polar_time(s.in[0]), {1}); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const std::int64_t planes = in[0].shape[0] * in[0].shape[1], size = elements(in[1].shape);
    return loop_kernel([planes, size](const Buffers& b) {
      for (std::int64_t p = 0; p < planes; ++p)
        for (std::int64_t i = 0; i < size; ++i) {
          const float angle = b.input(0)[p * size + i], radius = b.input(1)[i];
          b.output()[2 * p * size + i] = radius * std::cos(angle);
          b.output()[(2 * p + 1) * size + i] = radius * std::sin(angle);
        }
    });
  }
};

}  // namespace

Value polar(Value phase, Value magnitude, const std::string& name) {
  return phase.graph->add(std::make_shared<Polar>(), {phase, magnitude}, name)[0];
}

}  // namespace backflow
