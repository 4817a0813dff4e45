// ONNX's convolutions and pools. Internal to runtime/models/.
#pragma once

#include <backflow/runtime/models/onnx/onnx_ops.h>

namespace backflow::models {

Value onnx_convolution(const OnnxCall& call);
Value onnx_max_pool(const OnnxCall& call);
Value onnx_average_pool(const OnnxCall& call);
Value onnx_global_max_pool(const OnnxCall& call);
Value onnx_global_average_pool(const OnnxCall& call);

}  // namespace backflow::models
