// ONNX's Pad. Internal to runtime/models/.
#pragma once

#include <backflow/runtime/models/onnx/onnx_ops.h>

namespace backflow::models {

/// Of every mode: constant, reflect, edge, wrap; negative borders cut.
Value onnx_pad(const OnnxCall& call);

}  // namespace backflow::models
