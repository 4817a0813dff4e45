// y = clip(α x + β, 0, 1), elementwise; the gradient is α where 0 < y < 1.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct HardSigmoidOptions {
  float alpha = 1.0F / 6;  // PyTorch's; ONNX has 0.2
  float beta = 0.5F;
  std::string name = "";
};

/// x and y have any shape.
Value hard_sigmoid(Value x, const HardSigmoidOptions& options = {});

}  // namespace backflow
