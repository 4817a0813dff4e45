// Channels laid out as pixels, and back: pixel shuffle.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// How a channel number is made of its place in a block of b × b pixels and of the channel that these pixels have.
enum class BlockOrder : std::uint8_t {
  dcr,  // (row · b + column) · channels + channel: ONNX's default, TensorFlow
  crd   // channel · b² + row · b + column: PyTorch's pixel_shuffle
};

struct DepthToSpaceOptions {
  std::int64_t block = 2;  // b
  BlockOrder order = BlockOrder::dcr;
  std::string name = "";
};

/// x [N, C b², H, W] → [N, C, H b, W b].
Value depth_to_space(Value x, const DepthToSpaceOptions& options = {});
/// The reverse: x [N, C, H b, W b] → [N, C b², H, W].
Value space_to_depth(Value x, const DepthToSpaceOptions& options = {});

}  // namespace backflow
