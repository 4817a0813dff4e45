// Gradients whose coarse and fine parts are made equally strong: the Laplacian pyramid of DeepDream (Mordvintsev 2015).
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

/// Splits each image of g [N, C, H, W] into `levels` octaves and a rest, divides each by its RMS and adds them up
/// again. low = convolution of stride 2 with [1 4 6 4 1] ⊗ [1 4 6 4 1] / 256; octave = g − 4 · transposed convolution
/// of low; zeros beyond the border. Has no gradient.
Value laplacian_normalize(Value g, int levels = 4, const std::string& name = "");

}  // namespace backflow
