#include <backflow/ops/random_in_ball.h>

#include <algorithm>
#include <cmath>

#include <backflow/graph/error.h>
#include <backflow/graph/random.h>
#include <backflow/ops/detail/ball.h>
#include <backflow/ops/kernels/lanes.h>
#include <backflow/ops/onednn/kernel_thread.h>

namespace backflow {
namespace {

constexpr double kUniformNanoseconds = 4, kNormalNanoseconds = 18;  // for a value

/// The random words of one sample.
class Words {
 public:
  explicit Words(const std::int32_t* key)
      : seed_(word(key[0]) | std::uint64_t{word(key[1])} << 32), stream_(word(key[2])), step_(word(key[3])) {}

  std::array<std::uint32_t, 4> operator()(std::int64_t counter) const {
    return random_words(seed_, stream_, step_, static_cast<std::uint64_t>(counter));
  }

 private:
  static std::uint32_t word(std::int32_t key) { return static_cast<std::uint32_t>(key); }

  std::uint64_t seed_;
  std::uint32_t stream_, step_;
};

/// y = x + d, d uniform in −ε … ε
void add_uniform(const Words& words, float epsilon, const float* x, float* y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; i += 4) {
    const auto w = words(i / 4);
    for (std::int64_t k = 0; k < std::min<std::int64_t>(4, n - i); ++k)
      y[i + k] = x[i + k] + epsilon * (2 * unit_uniform(w[static_cast<std::size_t>(k)]) - 1);
  }
}

/// y = x + d, d uniform in the l2 ball
void add_in_sphere(const Words& words, float epsilon, const float* x, float* y, std::int64_t n) {
  for (std::int64_t i = 0; i < n; i += 4) {
    const auto w = words(i / 4);
    const auto first = unit_normals(w[0], w[1]), second = unit_normals(w[2], w[3]);
    const float noise[] = {first[0], first[1], second[0], second[1]};
    std::copy_n(noise, std::min<std::int64_t>(4, n - i), y + i);
  }
  const double norm = std::sqrt(lane_sum<double>(n, [=](std::int64_t i) {
    const double value = y[i];
    return value * value;
  }));
  const double length = epsilon * std::pow(unit_uniform(words((n + 3) / 4)[0]), 1 / static_cast<double>(n));
  const double factor = norm > 0 ? length / norm : 0;
  for (std::int64_t i = 0; i < n; ++i) y[i] = static_cast<float>(x[i] + factor * y[i]);
}

/// Inputs: center, keys, epsilon.
class RandomInBall final : public Op {
 public:
  explicit RandomInBall(BallOptions o) : o_(std::move(o)) {}

  std::string kind() const override { return "random_in_ball"; }
  std::string details() const override { return name_of(o_.norm); }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require_ball("random_in_ball", in[0], in[0], in[2]);
    require(in[1] == Spec{{in[0].shape[0], 4}, Type::s32}, "[random_in_ball] samples ", to_string(in[0]),
            " need a key [4] s32 each, got ", to_string(in[1]));
    return {in[0]};
  }
  Tiling tiling(const Signature& s) const override {
    const double each = o_.norm == Norm::linf ? kUniformNanoseconds : kNormalNanoseconds;
    return row_tiling(s, each * static_cast<double>(elements(s.in[0].shape)), {2});
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const std::int64_t rows = in[0].shape[0], length = elements(in[0].shape) / rows;
    return loop_kernel([rows, length, o = o_](const Buffers& b) {
      const KeepDenormals scope;
      const float epsilon = b.input(2)[0];
      for (std::int64_t r = 0; r < rows; ++r) {
        const Words words(b.input<std::int32_t>(1) + 4 * r);
        const float* center = b.input(0) + r * length;
        float* y = b.output() + r * length;
        if (o.norm == Norm::linf)
          add_uniform(words, epsilon, center, y, length);
        else
          add_in_sphere(words, epsilon, center, y, length);
        project(o, epsilon, y, center, y, length);
      }
    });
  }

 private:
  BallOptions o_;
};

}  // namespace

Value random_in_ball(Value center, Value keys, Value epsilon, const BallOptions& options) {
  check_ball("random_in_ball", options);
  return center.graph->add(std::make_shared<RandomInBall>(options), {center, keys, epsilon}, options.name)[0];
}

}  // namespace backflow
