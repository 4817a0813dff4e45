// Batch normalisation that goes into the weights before it, in a file that is being made. Internal to runtime/models/.
#pragma once

#include <backflow/runtime/models/onnx/onnx_file.h>

namespace backflow::models {

/// Each BatchNormalization behind a Conv, or a Gemm with turned weights, becomes part of its weights and bias. It stays
/// where another node or an output reads what lies between the two, where weights are computed, and where the folded
/// numbers are not finite. Tensors that nothing reads any more stay in the file.
void fold_batch_norms(OnnxFile& file);

}  // namespace backflow::models
