// y = x tanh(log(1 + exp(x))), elementwise (Misra 2019, https://arxiv.org/abs/1908.08681).
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape.
Value mish(Value x, const std::string& name = "");

}  // namespace backflow
