// What follows a product that cannot do it itself: loops over contiguous numbers, f32 or bf16. Internal to ops/.
#pragma once

#include <backflow/graph/kernel.h>
#include <backflow/ops/detail/epilogue.h>

namespace backflow {

/// dx = x where `clamp` let the number at its place in input `mask_input` pass, else 0. x is an input of dx's
/// type, or, without one, what dx holds already; dx may lie on it.
std::unique_ptr<Kernel> mask_kernel(const Clamp& clamp, const View& dx, const View& mask, std::size_t mask_input,
                                    std::optional<std::size_t> x_input = {});
/// y = clamp(x) for `rows` rows of `length` numbers, `pitch` apart. x is an input that lies as y, or, without one, what
/// y holds already; y may lie on it. oneDNN's primitives and post-ops make the lower end of a NaN.
struct ClampRows {
  std::int64_t rows, length, pitch;
};
std::unique_ptr<Kernel> clamp_kernel(const Clamp& clamp, Type type, const ClampRows& y,
                                     std::optional<std::size_t> x_input = {});
/// y = clamp(y + residual).
std::unique_ptr<Kernel> residual_kernel(const View& y, const View& residual, std::size_t input,
                                        const std::optional<Clamp>& clamp = {});
/// One kernel after the other, on the same buffers; null ones are left out.
std::unique_ptr<Kernel> in_turn(std::vector<std::unique_ptr<Kernel>> kernels);

}  // namespace backflow
