// The loop that updates share: blocks that stay in the nearest cache, and of each, if it is wanted, the copy of the
// parameter in bf16 that the next step reads. Internal to ops/.
#pragma once

#include <algorithm>
#include <optional>

#include <backflow/graph/bf16.h>
#include <backflow/ops/kernels/isa.h>
#include <backflow/ops/kernels/wide_loop.h>

namespace backflow {

/// Calls body(buffers, begin, end) for blocks of the first output's elements.
template <class Body>
std::unique_ptr<Kernel> update_kernel(std::span<const View> out, Body body) {
  constexpr std::int64_t block = 2048;
  const std::int64_t n = physical_elements(out[0].shape, out[0].layout);
  const std::size_t mirror = out.back().whole.type == Type::bf16 ? out.size() - 1 : 0;
  return wide_loop_kernel([ n, mirror, body ](const Buffers& b) __attribute__((always_inline)) {
    for (std::int64_t begin = 0; begin < n; begin += block) {
      const std::int64_t end = std::min(n, begin + block);
      body(b, begin, end);
      if (mirror == 0) continue;
      const float* w = b.output();
      auto* copy = b.output<Bf16>(mirror);
      for (std::int64_t i = begin; i < end; ++i) copy[i] = Bf16::of(w[i]);
    }
  });
}

}  // namespace backflow
