// The same small matrix on the channels of every pixel: normalisation by mean and deviation, colour spaces.
#pragma once

#include <vector>

#include <backflow/graph/graph.h>

namespace backflow {

struct ChannelMixOptions {
  std::vector<float> matrix;  // [out, C], row by row
  std::vector<float> bias;    // [out]; empty for none
  std::string name = "";
};

/// y[n, o, h, w] = Σ matrix[o, c] x[n, c, h, w] + bias[o]. x is [N, C, H, W]. The matrix is fixed and has no gradient.
Value channel_mix(Value x, const ChannelMixOptions& options);

}  // namespace backflow
