// y = one element of x for each element of an index value, which replaces its place along one axis (PyTorch's gather).
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct GatherElementsOptions {
  std::int64_t axis = 0;  // negative ones count from the last
  std::string name = "";
};

/// y[i, j, k] = x[index[i, j, k], j, k] for axis 0 of three, and so on. x is f32 of any shape with an axis; `index` has
/// as many axes, none but `axis` longer than that of x, and y has its shape. It holds whole numbers, s32 or f32, in
/// −length … length − 1, negative ones from the end; another one is an Error of the run. The gradient of x is a sum
/// over the places that show an element, in their order; the indices have none.
Value gather_elements(Value x, Value index, const GatherElementsOptions& options = {});

}  // namespace backflow
