// y = x with a border: of one value, or x mirrored at its edges.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct PadOptions {
  Shape before, after;  // elements added at each axis' start and end, ≥ 0; one entry for each axis of x
  float value = 0;
  std::string name = "";
};

/// x has any shape and type; a value other than 0 needs f32.
Value pad(Value x, const PadOptions& options);

struct ReflectPadOptions {
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;  // each less than the length of its axis
  std::string name = "";
};

/// x [N, C, H, W] f32. The border shows the image mirrored; the edge itself is not repeated (PyTorch's "reflect").
Value reflect_pad(Value x, const ReflectPadOptions& options);

}  // namespace backflow
