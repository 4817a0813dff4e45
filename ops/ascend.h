// One step uphill for an image, which is kept in bounds and drawn towards grey.
#pragma once

#include <limits>

#include <backflow/graph/graph.h>

namespace backflow {

struct AscendOptions {
  float decay = 0, toward = 0.45F;  // x loses decay · (x − toward)
  float low = -std::numeric_limits<float>::infinity(), high = std::numeric_limits<float>::infinity();
};

/// x ← clamp(x + rate · g − decay · (x − toward), low, high), in place. x and g have one shape, `rate` is [1]. NaN in
/// the result is an error.
Value ascend(Value x, Value g, Value rate, const AscendOptions& options = {});

}  // namespace backflow
