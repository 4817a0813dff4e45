// y = x with its axes in another order (NumPy's transpose).
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct TransposeOptions {
  std::vector<std::int64_t> order = {};  // axis a of y is axis order[a] of x, negative ones from the last; {}: reversed
  std::string name = "";
};

/// x has any shape and type. What becomes images [N, C, H, W], such as x [N, H, W, C] with order {0, 3, 1, 2}, may be
/// said to be such by Graph::mark_image: then nothing moves in memory.
Value transpose(Value x, const TransposeOptions& options = {});

}  // namespace backflow
