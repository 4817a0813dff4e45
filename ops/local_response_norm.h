// y = x / (k + α/n Σ x²)^β over n neighbouring channels. Krizhevsky et al. 2012, with PyTorch's and ONNX's α.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct LocalResponseNormOptions {
  std::int64_t size = 5;  // n, odd: each channel with (n − 1) / 2 on each side; beyond the ends there are zeros
  float alpha = 1e-4F, beta = 0.75F, k = 1;
  std::string name = "";
};

/// x [N, C] or [N, C, H, W] f32; y has its shape.
Value local_response_norm(Value x, const LocalResponseNormOptions& options = {});

}  // namespace backflow
