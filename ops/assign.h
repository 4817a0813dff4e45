// A state takes over a value: what was computed from it becomes what it is.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// state ← x, in place. Both have one shape. Later nodes read the result, not the state.
Value assign(Value state, Value x, const std::string& name = "");

}  // namespace backflow
