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
  bool ceil_mode = false;         // not together with padding that is counted
  bool count_include_pad = true;  // padding counts as zeros in the mean
  std::string name = "";
};

Value average_pool2d(Value x, const AveragePool2dOptions& options = {});
/// The mean of each channel: [N, C, H, W] → [N, C, 1, 1].
Value global_average_pool2d(Value x, const std::string& name = "");

}  // namespace backflow
