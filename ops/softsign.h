// y = x / (1 + |x|), elementwise; the gradient is 1 / (1 + |x|)².
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape.
Value softsign(Value x, const std::string& name = "");

}  // namespace backflow
