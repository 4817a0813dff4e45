#include <backflow/ops/detail/windows.h>

#include <backflow/ops/index_select.h>
#include <backflow/ops/slice.h>

namespace backflow {

std::vector<std::int64_t> window_indices(std::int64_t windows, std::int64_t kernel, std::int64_t stride,
                                         std::int64_t dilation, std::int64_t before, std::int64_t length) {
  std::vector<std::int64_t> result;
  for (std::int64_t i = 0; i < windows; ++i)
    for (std::int64_t k = 0; k < kernel; ++k) {
      const std::int64_t at = i * stride + k * dilation - before;
      result.push_back(at >= 0 && at < length ? at : -1);
    }
  return result;
}

PadOptions borders(const Padding& p, float value) {
  return {.before = {0, 0, p.top, p.left}, .after = {0, 0, p.bottom, p.right}, .value = value};
}

Value windows_apart(Value x, const Pooling& p, const Shape& y, float fill) {
  const Shape& s = x.shape();
  const auto rows = window_indices(y[2], p.kernel.h, p.stride.h, p.dilation.h, p.padding.top, s[2]);
  const auto columns = window_indices(y[3], p.kernel.w, p.stride.w, p.dilation.w, p.padding.left, s[3]);
  const Value high = index_select(x, {.axis = 2, .indices = rows, .fill = fill});
  return index_select(high, {.axis = 3, .indices = columns, .fill = fill});
}

Value first_windows(Value y, const Shape& shape) { return y.shape() == shape ? y : slice(y, Shape(4, 0), shape); }

}  // namespace backflow
