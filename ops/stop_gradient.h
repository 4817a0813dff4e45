// y = x, through which no gradient flows: what is before it counts as given.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have any shape and type. gradient() takes y for a constant: it appends nothing for what x was made of.
Value stop_gradient(Value x, const std::string& name = "");

}  // namespace backflow
