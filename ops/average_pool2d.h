// y = the mean of each window. x [N, C, H, W], y [N, C, H', W'].
#pragma once

#include <optional>
#include <string>

#include <backflow/graph/graph.h>
#include <backflow/ops/window.h>

namespace backflow {

struct AveragePool2dOptions {
  Pair kernel = 2;
  std::optional<Pair> stride = std::nullopt;  // default: the kernel
  Padding padding = 0;
  bool ceil_mode = false;         // windows may reach over the end; PyTorch's rule for the last one
  bool count_include_pad = true;  // padding counts as zeros in the mean; what windows reach behind it never counts
  Pair dilation = 1;              // between the pixels of a window
  std::string name = "";
};

/// Each window needs a pixel, or padding that counts.
Value average_pool2d(Value x, const AveragePool2dOptions& options = {});
/// The mean of each channel: [N, C, H, W] → [N, C, 1, 1].
Value global_average_pool2d(Value x, const std::string& name = "");

}  // namespace backflow
