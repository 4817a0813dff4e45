// y = 1 where x is NaN, or infinite, 0 elsewhere, elementwise.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape. The gradient is zero.
Value is_nan(Value x, const std::string& name = "");

struct IsInfOptions {
  bool positive = true, negative = true;  // which infinities count
  std::string name = "";
};

/// The same of infinite elements.
Value is_inf(Value x, const IsInfOptions& options = {});

}  // namespace backflow
