#include <backflow/graph/shape_limits.h>

#include <backflow/graph/error.h>
#include <backflow/graph/printable.h>

namespace backflow {

void check_shape(const std::string& name, const Shape& shape) {
  constexpr std::int64_t most = std::int64_t{1} << 40;
  require(shape.size() <= kMaxAxes, "[", printable(name), "] a value has at most ", kMaxAxes, " axes, got ",
          shape.size());
  require(elements(shape) <= most, "[", printable(name), "] a value has at most 2^40 elements, got ", to_string(shape));
}

}  // namespace backflow
