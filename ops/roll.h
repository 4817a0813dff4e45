// Circular shift of images by offsets that are known only when it runs: the jitter of input optimization.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// y[n, c, h, w] = x[n, c, h − dy[n], w − dx[n]], indices modulo H and W. x is [N, C, H, W]; `offsets` [N, 2] s32 holds
/// dy, dx of each image, of any sign and size. The gradient is rolled back.
Value roll(Value x, Value offsets, const std::string& name = "");

}  // namespace backflow
