// y[n, o] = b[o] + Σ_c w[o, c] ⋆ x[n, c]: two-dimensional convolution (cross-correlation, as everywhere in this field).
// x [N, in, H, W], w [out, in / groups, kh, kw], b [out], y [N, out, H', W'] with
// H' = ⌊(H + top + bottom − dilation (kh − 1) − 1) / stride⌋ + 1.
#pragma once

#include <optional>
#include <string>

#include <backflow/graph/graph.h>
#include <backflow/ops/window.h>

namespace backflow {

struct Conv2dOptions {
  std::int64_t out = 0;  // channels of the result; where weights are given, theirs count
  Pair kernel = 1, stride = 1;
  Padding padding = 0;  // with zeros
  Pair dilation = 1;
  std::int64_t groups = 1;  // of channels that do not see each other
  bool bias = true;
  std::string name = "conv2d";
  // Of the parameters; both default to fan_in_uniform(in / groups · kh · kw).
  std::optional<Initializer> weight = std::nullopt, bias_values = std::nullopt;
};

/// Appends a layer with parameters `name`.weight and `name`.bias.
Value conv2d(Value x, const Conv2dOptions& options);
/// The same with given values; the kernel's size is that of `w`, and `b` may be empty.
Value conv2d(Value x, Value w, Value b, const Conv2dOptions& options);

}  // namespace backflow
