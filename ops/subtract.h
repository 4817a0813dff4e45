// y = a − b, elementwise, with broadcasting as in add.h.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

Value subtract(Value a, Value b, const std::string& name = "");

}  // namespace backflow
