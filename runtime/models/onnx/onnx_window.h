// The attributes of ONNX's convolutions and pools, for any number of axes. Internal to runtime/models/.
#pragma once

#include <vector>

#include <backflow/runtime/models/onnx/onnx_ops.h>

namespace backflow::models {

/// Pads of each axis behind the channels.
struct OnnxPads {
  std::vector<std::int64_t> before, after;
};

/// One entry for each axis behind the channels.
struct OnnxWindow {
  std::vector<std::int64_t> kernel, stride, dilation;
  OnnxPads pads;
};

/// What a node says of its window. `kernel` is that of the weights, which kernel_shape may repeat; a node without
/// weights gives none and needs kernel_shape. Throws an Error, with the node, if an attribute makes no sense.
OnnxWindow onnx_window(const OnnxCall& call, std::vector<std::int64_t> kernel = {});

/// Whether auto_pad chooses the pads so that the result has ⌈length / stride⌉ elements.
bool pads_are_same(const OnnxCall& call);

/// `all` of each axis on its two sides; the odd one goes to the end, or with SAME_LOWER to the beginning.
OnnxPads shared_pads(const OnnxCall& call, const std::vector<std::int64_t>& all);

}  // namespace backflow::models
