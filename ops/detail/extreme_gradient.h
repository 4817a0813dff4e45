// The gradient of the largest and of the smallest element along axes. Internal to ops/.
#pragma once

#include <backflow/graph/gradient.h>

namespace backflow {

/// Of an op whose output 0 has the axes of its input 0, those that are reduced with length 1: dy, shared evenly among
/// the elements that are equal to y.
void share_among_extremes(Backward& b);

}  // namespace backflow
