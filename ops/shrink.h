// y = x − bias where x > threshold, x + bias where x < −threshold, 0 between, elementwise; the gradient is 0 between.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct ShrinkOptions {
  float threshold = 0.5F;  // ≥ 0
  float bias = 0;          // 0: hard shrinkage; the threshold: soft shrinkage, without a step
  std::string name = "";
};

/// x and y have any shape.
Value shrink(Value x, const ShrinkOptions& options = {});

}  // namespace backflow
