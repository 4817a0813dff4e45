// What follows a product that cannot do it itself: loops over contiguous numbers, f32 or bf16. Internal to ops/.
#pragma once

#include <backflow/graph/kernel.h>
#include <backflow/ops/detail/epilogue.h>

namespace backflow {

/// dx = x where `clamp` let the number at its place in input `mask_input` pass, else 0. x is an input of dx's
/// type, or, without one, what dx holds already; dx may lie on it.
std::unique_ptr<Kernel> mask_kernel(const Clamp& clamp, const View& dx, const View& mask, std::size_t mask_input,
                                    std::optional<std::size_t> x_input = {});
/// y = clamp(x) for the one input x, which lies as y; y may lie on it. oneDNN's primitive makes the lower end of a NaN.
std::unique_ptr<Kernel> clamp_kernel(const Clamp& clamp, const View& y);
/// y = clamp(y + residual).
std::unique_ptr<Kernel> residual_kernel(const View& y, const View& residual, std::size_t input,
                                        const std::optional<Clamp>& clamp = {});
/// One kernel after the other, on the same buffers; null ones are left out.
std::unique_ptr<Kernel> in_turn(std::vector<std::unique_ptr<Kernel>> kernels);

}  // namespace backflow
