// A kernel that is a plain loop over elements, compiled for several vector widths; which one runs is chosen when the
// kernel is made. Internal to ops/.
#pragma once

#include <backflow/graph/kernel.h>
#include <backflow/ops/kernels/isa.h>

namespace backflow {

/// `loop(buffers)` must be always_inline: its code takes over the instruction set of where it is inlined.
template <class Loop>
std::unique_ptr<Kernel> wide_loop_kernel(Loop loop) {
  switch (isa()) {
    case Isa::avx512:
      return loop_kernel([loop](const Buffers& b) BACKFLOW_AVX512 { loop(b); });
    case Isa::avx2:
      return loop_kernel([loop](const Buffers& b) BACKFLOW_AVX2 { loop(b); });
    case Isa::plain:
      break;
  }
  return loop_kernel(loop);
}

}  // namespace backflow
