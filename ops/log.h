// y = log x, the natural logarithm, elementwise; the gradient is 1 / x.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape. y is −∞ at 0 and NaN below.
Value log(Value x, const std::string& name = "");

}  // namespace backflow
