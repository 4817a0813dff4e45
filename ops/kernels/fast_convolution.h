// Convolutions by kernels of our own, forward and data gradient: 3×3 windows by winograd_kernel.h, 1×1 windows by
// pixelwise_kernel.h. When they are chosen, and their ops. Internal to ops/.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <backflow/ops/detail/epilogue.h>
#include <backflow/ops/onednn/convolution.h>

namespace backflow {

struct FastConvolutionOptions {
  std::string kind;       // of the op that is replaced
  Padding padding = 0;    // of x
  bool gradient = false;  // weights turned, their channels exchanged
  Epilogue after = {};
};

/// The preparation of a convolution of x to y with weights `w`, which are input 1; nothing where it would not be faster
/// or the CPU has no AVX-512. Weights that are not frozen are transformed in every step.
std::optional<Prepacking> fast_convolution(const Convolution& c, const Spec& x, const Spec& w, const Spec& y,
                                           bool frozen, const FastConvolutionOptions& options);

/// Whether a tile of the weight gradient is better computed by winograd_kernel.h; the result is then ordered
/// [row, column, in, out].
bool has_fast_weight_gradient(const Convolution& c, const Spec& w, const Spec& dy);
std::unique_ptr<Kernel> fast_weight_gradient(const Convolution& c, const View& x, const View& dy);

}  // namespace backflow
