// ONNX's convolutions and pools of volumes [N, C, D, H, W]. Internal to runtime/models/.
#pragma once

#include <backflow/runtime/models/onnx/onnx_ops.h>

namespace backflow::models {

/// Whether the node reads volumes.
inline bool is_volume(const OnnxCall& c) { return rank_of(c.value(0)) == 5; }

Value onnx_volume_convolution(const OnnxCall& call);
Value onnx_volume_max_pool(const OnnxCall& call);
Value onnx_volume_average_pool(const OnnxCall& call);

}  // namespace backflow::models
