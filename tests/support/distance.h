// How far two rows of numbers are apart.
#pragma once

#include <cmath>
#include <span>

#include "tests/support/test.h"

namespace backflow {

/// ‖got − expected‖ / ‖expected‖.
inline double relative_distance(std::span<const float> got, std::span<const float> expected) {
  BOOST_REQUIRE_EQUAL(got.size(), expected.size());
  double distance = 0, norm = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    distance += std::pow(double{got[i]} - expected[i], 2);
    norm += std::pow(double{expected[i]}, 2);
  }
  return std::sqrt(distance / norm);
}

}  // namespace backflow
