// y = the rest of a / b, elementwise, with broadcasting as in add.h.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct ModuloOptions {
  bool truncated = false;  // y has the sign of a, as C's fmod; otherwise that of b, as Python's %
  std::string name = "";
};

/// y = a − b q, where q is a / b rounded down, or towards 0 if truncated; NaN where b = 0. The gradients are 1 and −q.
Value modulo(Value a, Value b, const ModuloOptions& options = {});

}  // namespace backflow
