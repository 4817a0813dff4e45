// Sums in a fixed order that vectorizes: sixteen running sums, added up at the end. Internal to ops/.
#pragma once

#include <cstdint>

namespace backflow {

/// Σ term(i) for i in 0 … n − 1, added up as numbers of type T.
template <class T = float, class Term>
T lane_sum(std::int64_t n, Term term) {
  constexpr std::int64_t kLanes = 16;
  T lanes[kLanes] = {};
  std::int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (std::int64_t k = 0; k < kLanes; ++k) lanes[k] += term(i + k);
  for (std::int64_t k = 0; i + k < n; ++k) lanes[k] += term(i + k);
  T total = 0;
  for (T lane : lanes) total += lane;
  return total;
}

}  // namespace backflow
