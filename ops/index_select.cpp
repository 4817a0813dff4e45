#include <backflow/ops/index_select.h>

#include <backflow/graph/error.h>
#include <backflow/ops/detail/axis.h>
#include <backflow/ops/detail/resample.h>

namespace backflow {

Value index_select(Value x, const IndexSelectOptions& o) {
  const int axis = axis_of("index_select", x, o.axis);
  require(!o.indices.empty(), "[index_select] needs at least one index");
  const std::int64_t length = x.shape()[static_cast<std::size_t>(axis)];
  Taps taps{length, {}};
  for (std::int64_t i : o.indices) {
    require(i >= -1 && i < length, "[index_select] index ", i, " is not in −1 … ", length - 1);
    taps.of.emplace_back();
    if (i >= 0) taps.of.back().push_back({i, 1.0F});
  }
  return resample("index_select", x, {.axis = axis, .taps = std::move(taps), .fill = o.fill, .name = o.name});
}

}  // namespace backflow
