// Gaussian blur of images, with a width that is known only when it runs.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct BlurOptions {
  float max_sigma = 1;  // the widest that it must be able to do; decides the radius, ⌈3 σ⌉
  std::string name = "";
};

/// Each channel of x [N, C, H, W] convolved with a Gaussian of standard deviation `sigma` [1], in pixels, cut at
/// ⌈3 max_sigma⌉ and normalised. The image is mirrored at its borders, edge pixels included, which makes the blur its
/// own adjoint and keeps the mean. σ = 0 copies.
Value blur(Value x, Value sigma, const BlurOptions& options = {});

}  // namespace backflow
