// y = means of windows that share x out evenly, whatever its size: row i of y averages the rows ⌊i H / height⌋ to
// ⌈(i + 1) H / height⌉ − 1. x [N, C, H, W], y [N, C, height, width].
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct AdaptiveAveragePool2dOptions {
  std::int64_t height = 1, width = 1;  // of the result; larger than x repeats pixels
  std::string name = "";
};

/// PyTorch's adaptive_avg_pool2d. An x of the wanted size is the result itself.
Value adaptive_average_pool2d(Value x, const AdaptiveAveragePool2dOptions& options);

}  // namespace backflow
