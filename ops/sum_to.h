// y = x summed over the axes along which y is repeated to have x's shape: the reverse of broadcasting.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// `shape` is one that broadcasts to that of x (see add.h): [N, C] to [C], [1, C], [N, 1] or [1]. Sums have a fixed
/// order. If it is the shape of x, the result is x itself.
Value sum_to(Value x, const Shape& shape, const std::string& name = "");

}  // namespace backflow
