// What reductions over axes have in common for their callers.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct ReduceOptions {
  std::vector<std::int64_t> axes = {};  // negative ones count from the last
  bool keep = false;                    // the axes stay, with length 1
  std::string name = "";
};

}  // namespace backflow
