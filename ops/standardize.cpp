#include <backflow/ops/standardize.h>

#include <cmath>

#include <backflow/graph/gradient.h>
#include <backflow/ops/detail/image.h>
#include <backflow/ops/kernels/lanes.h>

namespace backflow {
namespace {

/// dx = (dy − mean(dy) − y mean(dy y)) / deviation, from dy, y and the deviations [N].
class StandardizeGradient final : public Op {
 public:
  std::string kind() const override { return "standardize_gradient"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  Tiling tiling(const Signature& s) const override { return row_tiling(s, time_of_bytes(2 * bytes_of(s))); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const std::int64_t rows = in[0].shape[0], length = elements(in[0].shape) / rows;
    return loop_kernel([rows, length](const Buffers& b) {
      for (std::int64_t n = 0; n < rows; ++n) {
        const float *dy = b.input(0) + n * length, *y = b.input(1) + n * length;
        float* dx = b.output() + n * length;
        const float share = 1 / static_cast<float>(length), factor = 1 / b.input(2)[n];
        const float mean = share * lane_sum(length, [=](std::int64_t i) { return dy[i]; });
        const float slope = share * lane_sum(length, [=](std::int64_t i) { return dy[i] * y[i]; });
        for (std::int64_t i = 0; i < length; ++i) dx[i] = factor * (dy[i] - mean - slope * y[i]);
      }
    });
  }
};

/// The second output is each sample's deviation, [N].
class Standardize final : public Op {
 public:
  explicit Standardize(float epsilon) : epsilon_(epsilon) {}

  OpTraits traits() const override {
    return {.locality = Locality::global, .options = [this] { return OpOptions{{"epsilon", {epsilon_}}}; }};
  }
  std::string kind() const override { return "standardize"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(!in[0].shape.empty(), "[standardize] needs shape [N, …]");
    return {in[0], {{in[0].shape[0]}}};
  }

  void gradient(Backward& b) const override {
    if (b.grad_output())
      b.set(0, b.add(std::make_shared<StandardizeGradient>(), {b.grad_output(), b.output(0), b.output(1)}));
  }

  Tiling tiling(const Signature& s) const override { return row_tiling(s, time_of_bytes(2 * bytes_of(s))); }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const std::int64_t rows = in[0].shape[0], length = elements(in[0].shape) / rows;
    return loop_kernel([rows, length, epsilon = epsilon_](const Buffers& b) {
      for (std::int64_t n = 0; n < rows; ++n) {
        const float* x = b.input() + n * length;
        float* y = b.output() + n * length;
        const float share = 1 / static_cast<float>(length);
        const float mean = share * lane_sum(length, [=](std::int64_t i) { return x[i]; });
        const float variance = share * lane_sum(length, [=](std::int64_t i) { return (x[i] - mean) * (x[i] - mean); });
        const float stddev = b.output(1)[n] = std::sqrt(variance + epsilon);
        for (std::int64_t i = 0; i < length; ++i) y[i] = (x[i] - mean) / stddev;
      }
    });
  }

 private:
  float epsilon_;
};

}  // namespace

Value standardize(Value x, float epsilon, const std::string& name) {
  require(epsilon > 0, "[standardize] epsilon needs to be above 0, got ", epsilon);
  return x.graph->add(std::make_shared<Standardize>(epsilon), {x}, name)[0];
}

}  // namespace backflow
