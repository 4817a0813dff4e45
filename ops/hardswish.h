// y = x · clip(x/6 + 1/2, 0, 1), elementwise.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape. Howard et al. 2019 (arXiv:1905.02244).
Value hardswish(Value x, const std::string& name = "");

}  // namespace backflow
