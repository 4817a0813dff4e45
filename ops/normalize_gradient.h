// Gradients of images brought to one size, so that one step length suits every image and every layer.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

enum class NormalizeBy : std::uint8_t {
  rms,       // g / √mean(g²)
  mean_abs,  // g / mean |g|
  norm       // g · min(1, limit / ‖g‖): clipped
};

struct NormalizeGradientOptions {
  NormalizeBy by = NormalizeBy::rms;
  float limit = 1;  // for norm
  std::string name = "";
};

/// Each sample of g [N, …] divided by its own size; a sample that is zero stays zero. Has no gradient.
Value normalize_gradient(Value g, const NormalizeGradientOptions& options = {});

}  // namespace backflow
