// Which channels of a layer are active together, wherever that is: the style of an image (Gatys et al. 2015).
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// y[n, i, j] = mean over all places of x[n, i] x[n, j]. x is [N, C, H, W], y [N, C, C].
Value gram(Value x, const std::string& name = "");

}  // namespace backflow
