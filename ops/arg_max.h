// y = where along one axis the largest element is, or the smallest, counted from 0.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct ArgMaxOptions {
  int axis = -1;      // negative ones count from the last
  bool keep = false;  // the axis stays, with length 1
  bool last = false;  // of equal elements the last counts, not the first
  std::string name = "";
};

/// x has any shape but []; y is f32, exact for up to 2^24 elements along the axis. NaN counts as the largest. The
/// gradient is zero.
Value arg_max(Value x, const ArgMaxOptions& options = {});
/// The same of the smallest element; NaN counts as the smallest.
Value arg_min(Value x, const ArgMaxOptions& options = {});

}  // namespace backflow
