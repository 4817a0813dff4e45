// y = 1 at the largest element along one axis, 0 elsewhere.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct HardmaxOptions {
  int axis = -1;  // negative ones count from the last
  std::string name = "";
};

/// x and y have any shape but []. Of equal elements the first counts. The gradient is zero.
Value hardmax(Value x, const HardmaxOptions& options = {});

}  // namespace backflow
