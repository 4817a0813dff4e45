// Sums in a fixed order that vectorizes: sixteen running sums, added up at the end. Internal to ops/.
#pragma once

#include <cstdint>

namespace backflow {

/// Σ term(i) for i in 0 … n − 1.
template <class Term>
float lane_sum(std::int64_t n, Term term) {
  constexpr std::int64_t kLanes = 16;
  float lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (std::int64_t k = 0; k < kLanes; ++k) lanes[k] += term(i + k);
  for (std::int64_t k = 0; i + k < n; ++k) lanes[k] += term(i + k);
  float total = 0;
  for (float lane : lanes) total += lane;
  return total;
}

}  // namespace backflow
