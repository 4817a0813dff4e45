// y = −x, elementwise.
#pragma once

#include <backflow/ops/scale.h>

namespace backflow {

/// x and y have any shape.
inline Value negate(Value x, const std::string& name = "") { return scale(x, -1, name); }

}  // namespace backflow
