// y = a / b, elementwise, with broadcasting as in add.h.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

Value divide(Value a, Value b, const std::string& name = "");

}  // namespace backflow
