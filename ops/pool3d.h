// y = the largest element, or the mean, of each window of a volume: pools along the planes and then along the depth.
// x [N, C, D, H, W], y [N, C, D', H', W'].
#pragma once

#include <optional>
#include <string>

#include <backflow/graph/graph.h>
#include <backflow/ops/window.h>

namespace backflow {

struct Pool3dOptions {
  Triple kernel = 2;
  std::optional<Triple> stride = std::nullopt;  // default: the kernel
  Padding3d padding = 0;
  bool ceil_mode = false;         // windows may reach over the end; PyTorch's rule for the last one
  bool count_include_pad = true;  // of the mean: padding counts as zeros
  Triple dilation = 1;            // between the elements of a window
  std::string name = "";
};

/// The gradient goes to the first largest element of each window; see max_pool2d.
Value max_pool3d(Value x, const Pool3dOptions& options = {});
/// See average_pool2d.
Value average_pool3d(Value x, const Pool3dOptions& options = {});

}  // namespace backflow
