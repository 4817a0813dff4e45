// y = the mean of x along some axes.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct ReduceMeanOptions {
  std::vector<std::int64_t> axes = {};
  bool keep = false;  // the axes stay, with length 1; if all are reduced without, the result has shape [1]
  std::string name = "";
};

/// x has any shape, f32.
Value reduce_mean(Value x, const ReduceMeanOptions& options);

}  // namespace backflow
