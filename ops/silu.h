// y = x σ(x), elementwise; also called swish.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape.
Value silu(Value x, const std::string& name = "");

}  // namespace backflow
