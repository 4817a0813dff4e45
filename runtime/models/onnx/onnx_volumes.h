// ONNX's convolutions and pools of volumes [N, C, D, H, W]. Internal to runtime/models/.
#pragma once

#include <backflow/runtime/models/onnx/onnx_window.h>

namespace backflow::models {

/// Whether the node reads volumes.
inline bool is_volume(const OnnxCall& c) { return rank_of(c.value(0)) == 5; }

Value onnx_volume_convolution(const OnnxCall& call);
Value onnx_volume_max_pool(const OnnxCall& call);
Value onnx_volume_average_pool(const OnnxCall& call);
/// The mean of each window, without padding.
Value onnx_volume_mean(Value x, const OnnxWindow& window);

}  // namespace backflow::models
