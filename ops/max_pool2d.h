// y = the largest pixel of each window. x [N, C, H, W], y [N, C, H', W'].
#pragma once

#include <optional>
#include <string>

#include <backflow/graph/graph.h>
#include <backflow/ops/window.h>

namespace backflow {

struct MaxPool2dOptions {
  Pair kernel = 2;
  std::optional<Pair> stride = std::nullopt;  // default: the kernel
  Padding padding = 0;                        // never wins; a window without pixels is −∞
  bool ceil_mode = false;                     // windows may reach over the end; PyTorch's rule for the last one
  Pair dilation = 1;                          // between the pixels of a window
  std::string name = "";
};

/// The gradient goes to the first largest pixel of each window.
Value max_pool2d(Value x, const MaxPool2dOptions& options = {});

}  // namespace backflow
