// y = the elements of x along one axis that a list names, in its order; the list is known when the graph is built.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct IndexSelectOptions {
  std::int64_t axis = 0;                   // negative ones count from the last
  std::vector<std::int64_t> indices = {};  // along that axis, each 0 … length − 1; −1: `fill`
  float fill = 0;
  std::string name = "";
};

/// y[…, i, …] = x[…, indices[i], …]: parts with any step, reversed, repeated, mirrored, with a border. x f32 of at
/// least one axis. The gradient sums over the places that show an element, in their order.
Value index_select(Value x, const IndexSelectOptions& options);

}  // namespace backflow
