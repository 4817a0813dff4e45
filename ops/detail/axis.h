// What ops that work along one axis share. Internal to ops/.
#pragma once

#include <string>

#include <backflow/graph/graph.h>

namespace backflow {

/// The axis that `axis` means for the f32 value x, negative ones from the last; throws an Error if there is none.
int axis_of(const std::string& op, Value x, std::int64_t axis);
/// Cut by samples unless they depend on each other.
Tiling axis_tiling(const Signature& whole, int axis, double nanoseconds);

}  // namespace backflow
