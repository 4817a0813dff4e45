#include <backflow/ops/detail/axis.h>

#include <backflow/graph/error.h>

namespace backflow {

int axis_of(const std::string& op, Value x, std::int64_t axis) {
  const auto axes = static_cast<std::int64_t>(x.shape().size());
  const std::int64_t result = axis < 0 ? axis + axes : axis;
  require(result >= 0 && result < axes, "[", op, "] has no axis ", axis, " in shape ", to_string(x.shape()));
  require(x.spec().type == Type::f32, "[", op, "] needs an f32 value, got ", to_string(x.spec()));
  return static_cast<int>(result);
}

Tiling axis_tiling(const Signature& whole, int axis, double nanoseconds) {
  return axis == 0 ? Tiling{} : row_tiling(whole, nanoseconds);
}

}  // namespace backflow
