// y = x where x > 0, slope · x elsewhere, elementwise (He et al. 2015, https://arxiv.org/abs/1502.01852).
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// x and y have one shape; that of `slope` broadcasts to it (see add.h): [C, 1, 1] for one slope for each channel of
/// images. The gradient by x at 0 is the slope, the one by the slope is x where x ≤ 0.
Value prelu(Value x, Value slope, const std::string& name = "");

}  // namespace backflow
