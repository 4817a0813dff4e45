// y = x with some elements replaced, or added to, at places that an index value names when it runs: the reverse of
// gather_elements (PyTorch's scatter and scatter_add).
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct ScatterElementsOptions {
  std::int64_t axis = 0;  // negative ones count from the last
  bool add = false;       // updates are added; else they replace
  std::string name = "";
};

/// y = x, but y[index[i, j, k], j, k] = updates[i, j, k] for axis 0 of three, and so on, in row-major order: of several
/// updates of one place the last counts, or all are added. x and `updates` are f32; `index` is as in gather_elements
/// and has the shape of `updates`. Where updates replace, one that is replaced by another has the other's gradient.
Value scatter_elements(Value x, Value index, Value updates, const ScatterElementsOptions& options = {});

}  // namespace backflow
