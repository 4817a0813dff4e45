// How much the neighbouring pixels of an image differ: Rudin, Osher and Fatemi 1992, in its anisotropic form.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// y[n] = Σ |x[n, c, h + 1, w] − x[n, c, h, w]| + Σ |x[n, c, h, w + 1] − x[n, c, h, w]|. x is [N, C, H, W], y [N].
Value total_variation(Value x, const std::string& name = "");

}  // namespace backflow
