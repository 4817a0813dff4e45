#include <backflow/ops/bias_gradient.h>

#include <algorithm>

#include <backflow/graph/bf16.h>
#include <backflow/graph/error.h>
#include <backflow/graph/gradient.h>
#include <backflow/ops/broadcast_to.h>
#include <backflow/ops/kernels/wide_loop.h>
#include <backflow/ops/reshape.h>

namespace backflow {
namespace {

/// Sums of rows of channels, from left to right.
template <class T>
std::unique_ptr<Kernel> sums(std::int64_t channels, std::int64_t rows) {
  return wide_loop_kernel([ channels, rows ](const Buffers& b) __attribute__((always_inline)) {
    const auto* dy = b.input<T>();
    float* __restrict db = b.output();
    for (std::int64_t c = 0; c < channels; ++c) db[c] = static_cast<float>(dy[c]);
    for (std::int64_t r = 1; r < rows; ++r)
      for (std::int64_t c = 0; c < channels; ++c) db[c] += static_cast<float>(dy[r * channels + c]);
  });
}

class BiasGradient final : public Op {
 public:
  OpTraits traits() const override {
    return {.bf16 = [](const Signature&) { return Bf16Rule{false, {true}, {false}}; }};
  }
  std::string kind() const override { return "bias_gradient"; }

  std::vector<Spec> infer(std::span<const Spec> in) const override {
    require(in[0].shape.size() >= 2, "[bias_gradient] needs shape [N, C, …], got ", to_string(in[0].shape));
    return {{{in[0].shape[1]}, Type::f32}};
  }

  /// db is linear in dy: each of its gradients is repeated over what was summed.
  void gradient(Backward& b) const override {
    const Shape& dy = b.input(0).shape();
    Shape channels(dy.size(), 1);
    channels[1] = dy[1];
    b.set(0, broadcast_to(reshape(b.grad_output(), channels), dy));
  }

  Tiling tiling(const Signature& s) const override {
    Tiling t;
    t.extent = s.in[0].shape[0];
    t.nanoseconds = time_of_bytes(4.0 * static_cast<double>(elements(s.in[0].shape)));
    t.in = {Access::along(0)};
    t.out = {Access{Access::partial}};
    return t;
  }

  Layouts layouts(const Signature& s, std::span<const Layout>) const override {
    return {{Layout::channels_last(s.in[0].shape.size())}, {{}}};
  }

  std::unique_ptr<Kernel> kernel(std::span<const View> in, std::span<const View>) const override {
    const std::int64_t channels = in[0].shape[1];
    const std::int64_t rows = elements(in[0].shape) / channels;  // channels lie innermost
    return in[0].whole.type == Type::bf16 ? sums<Bf16>(channels, rows) : sums<float>(channels, rows);
  }
};

}  // namespace

Value bias_gradient(Value dy, const std::string& name) {
  return dy.graph->add(std::make_shared<BiasGradient>(), {dy}, name)[0];
}

}  // namespace backflow
