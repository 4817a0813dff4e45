// y = x / ‖x‖ along one axis, by the sum of magnitudes or by the Euclidean norm.
#pragma once

#include <backflow/graph/graph.h>

namespace backflow {

struct LpNormalizeOptions {
  std::int64_t axis = -1;  // negative ones count from the last
  int p = 2;               // 1: ‖x‖ = Σ |x|, 2: ‖x‖ = √Σ x²
  std::string name = "";
};

/// x f32 of any shape with an axis; the norms are sums along it. What is all zeros stays so and has gradient zero.
Value lp_normalize(Value x, const LpNormalizeOptions& options = {});

}  // namespace backflow
