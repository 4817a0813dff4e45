#include <backflow/ops/detail/lines.h>

#include <cmath>

namespace backflow {

Lines::Lines(View v, int axis, std::vector<View> others)
    : length(v.shape[static_cast<std::size_t>(axis)]),
      step(strides(v.whole.shape, v.layout)[static_cast<std::size_t>(axis)]) {
  v.shape[static_cast<std::size_t>(axis)] = 1;
  loops = broadcast_loops(v, others);
}

std::int64_t index_of_extreme(const Lines& lines, const float* x, const Extreme& extreme) {
  const float sign = extreme.largest ? 1 : -1;
  float best = sign * x[0];
  std::int64_t index = 0;
  for (std::int64_t i = 1; i < lines.length; ++i) {
    const float next = sign * x[i * lines.step];
    const bool is_better =
        extreme.last ? next >= best || std::isnan(next) : next > best || (std::isnan(next) && !std::isnan(best));
    if (!is_better) continue;
    best = next;
    index = i;
  }
  return index;
}

}  // namespace backflow
