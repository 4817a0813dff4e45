// Where x is no ordinary number: y is 1 there and 0 elsewhere.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// 1 where x, of any shape, is NaN. The gradient is zero.
Value is_nan(Value x, const std::string& name = "");

struct IsInfOptions {
  bool positive = true, negative = true;
  std::string name = "";
};

/// 1 where x, of any shape, is one of the infinities that the options name. The gradient is zero.
Value is_inf(Value x, const IsInfOptions& options = {});

}  // namespace backflow
