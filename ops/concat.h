// y = x₁, x₂, … side by side along one axis.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct ConcatOptions {
  std::int64_t axis = 1;  // the channels
  std::string name = "";
};

/// The values have one type and, but for that axis, one shape.
Value concat(const std::vector<Value>& x, const ConcatOptions& options = {});

}  // namespace backflow
