// y = x where x > α, 0 elsewhere, elementwise (Konda et al. 2014, https://arxiv.org/abs/1402.3337); the gradient is 1
// where x > α.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct ThresholdedReluOptions {
  float alpha = 1;
  std::string name = "";
};

/// x and y have any shape.
Value thresholded_relu(Value x, const ThresholdedReluOptions& options = {});

}  // namespace backflow
