#include <backflow/ops/detail/axis.h>

#include <backflow/graph/error.h>

namespace backflow {

int axis_of(const std::string& op, Value x, int axis) {
  const int axes = static_cast<int>(x.shape().size());
  const int result = axis < 0 ? axis + axes : axis;
  require(result >= 0 && result < axes, "[", op, "] has no axis ", axis, " in shape ", to_string(x.shape()));
  require(x.spec().type == Type::f32, "[", op, "] needs an f32 value, got ", to_string(x.spec()));
  return result;
}

Tiling axis_tiling(const Signature& whole, int axis, double nanoseconds) {
  return axis == 0 ? Tiling{} : row_tiling(whole, nanoseconds);
}

}  // namespace backflow
