#include <backflow/ops/cast.h>

#include <backflow/graph/bf16.h>
#include <backflow/graph/error.h>
#include <backflow/ops/kernels/wide_loop.h>

namespace backflow {
namespace {

template <class From, class To>
std::unique_ptr<Kernel> cast(std::int64_t n) {
  return wide_loop_kernel([n](const Buffers& b) __attribute__((always_inline)) {
    const auto* x = b.input<From>();
    auto* y = b.output<To>();
    for (std::int64_t i = 0; i < n; ++i) y[i] = rounded<To>(static_cast<float>(x[i]));
  });
}

}  // namespace

std::vector<Spec> Cast::infer(std::span<const Spec> in) const {
  const bool narrower = in[0].type == Type::f32 && to_ == Type::bf16;
  require(narrower || (in[0].type == Type::bf16 && to_ == Type::f32), "[cast] goes between f32 and bf16, not from ",
          to_string(in[0].type), " to ", to_string(to_));
  return {{in[0].shape, to_}};
}

std::unique_ptr<Kernel> Cast::kernel(std::span<const View>, std::span<const View> out) const {
  const std::int64_t n = physical_elements(out[0].shape, out[0].layout);
  return to_ == Type::bf16 ? cast<float, Bf16>(n) : cast<Bf16, float>(n);
}

}  // namespace backflow
