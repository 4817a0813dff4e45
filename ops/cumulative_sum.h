// y = along one axis the sum of all elements of x up to this one.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct CumulativeSumOptions {
  int axis = -1;           // negative ones count from the last
  bool exclusive = false;  // without this one, so that the first sum is 0
  bool reverse = false;    // from the last element to the first
  std::string name = "";
};

/// x and y have any shape but [].
Value cumulative_sum(Value x, const CumulativeSumOptions& options = {});

}  // namespace backflow
