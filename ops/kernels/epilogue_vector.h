// epilogue.h for sixteen channels in a register. Needs AVX-512. Internal to ops/.
#pragma once

#include <backflow/ops/detail/epilogue.h>
#include <backflow/ops/detail/image.h>
#include <backflow/ops/kernels/panel_product.h>

namespace backflow {

/// An image with the layout of the result; without data there is none.
struct Beside {
  const float* data = nullptr;
  NhwcPlace place{};

  Beside at(std::int64_t offset) const { return {data ? data + offset : nullptr, place}; }
};

#if defined(__x86_64__)
/// The bias is not in it: of a pixel that sees zeros alone it is the sum. `residual` and `gate` are values next to
/// the sum's channels. Each step rounds as a node of its own would.
BACKFLOW_AVX512 inline Vector after_vector(const Epilogue& after, Vector sum, const float* residual, const float* mask,
                                           __mmask16 lanes) {
  if (residual) sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(lanes, residual));
  if (after.clamp) {
    sum = _mm512_max_ps(all(after.clamp->low), sum);  // the second operand is the result where one is NaN
    if (after.clamp->has_high()) sum = _mm512_min_ps(all(after.clamp->high), sum);
  }
  if (mask) {
    const Vector y = _mm512_maskz_loadu_ps(lanes, mask);
    __mmask16 passes = _mm512_cmp_ps_mask(y, all(after.mask->low), _CMP_NLE_UQ);
    if (after.mask->has_high()) passes = _mm512_mask_cmp_ps_mask(passes, y, all(after.mask->high), _CMP_NGE_UQ);
    sum = _mm512_maskz_mov_ps(passes, sum);
  }
  return sum;
}
#endif

}  // namespace backflow
