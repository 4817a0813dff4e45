// y = a box of x: some consecutive elements along each axis.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct SliceOptions {
  std::int64_t axis = 0, begin = 0, length = 1;
  std::string name = "";
};

/// x[…, begin … begin + length, …] along one axis; the other axes stay whole.
Value slice(Value x, const SliceOptions& options);
/// The box that starts at `begin` and has `shape`; both have an entry for each axis of x.
Value slice(Value x, const Shape& begin, const Shape& shape, const std::string& name = "");

}  // namespace backflow
