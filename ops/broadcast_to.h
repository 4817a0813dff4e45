// y = x repeated to another shape.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x broadcasts to `shape` (see add.h): [C] to [N, C]. If it is the shape of x, the result is x itself.
Value broadcast_to(Value x, const Shape& shape, const std::string& name = "");

}  // namespace backflow
