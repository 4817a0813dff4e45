// y = the elements of x along one axis that another value names when it runs (NumPy's take): embeddings.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct GatherOptions {
  std::int64_t axis = 0;  // negative ones count from the last
  std::string name = "";
};

/// y[a…, i…, b…] = x[a…, index[i…], b…]: x has shape [A…, length, B…] with `length` at `axis`, `index` any shape [I…],
/// y is [A…, I…, B…]. x is f32; `index` holds whole numbers, s32 or f32, in −length … length − 1, negative ones from
/// the end; another one is an Error of the run. The gradient of x is a sum over the places that show an element, in
/// their order; the indices have none.
Value gather(Value x, Value index, const GatherOptions& options = {});

}  // namespace backflow
