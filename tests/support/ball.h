// Where points lie that ops on balls return, checked exactly.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <vector>

#include <backflow/ops/ball.h>
#include "tests/support/proof.h"

namespace backflow::proof {

/// Every sample of y is within ε of its centre, with the rounded values and without any tolerance, and in 0 … 1.
inline void check_in_ball(Norm norm, float epsilon, std::span<const float> y, std::span<const float> center,
                          std::size_t samples) {
  BOOST_REQUIRE_EQUAL(y.size(), center.size());
  const std::size_t length = y.size() / samples;
  std::size_t outside = 0;
  for (std::size_t s = 0; s < samples; ++s) {
    double squares = 0;
    for (std::size_t i = s * length; i < (s + 1) * length; ++i) {
      const bool near = y[i] >= center[i] - epsilon && y[i] <= center[i] + epsilon;
      if (!(y[i] >= 0 && y[i] <= 1) || (norm == Norm::linf && !near)) ++outside;
      squares += (static_cast<double>(y[i]) - center[i]) * (static_cast<double>(y[i]) - center[i]);
    }
    if (norm == Norm::l2 && std::sqrt(squares) > static_cast<double>(epsilon)) ++outside;
  }
  BOOST_TEST(outside == 0U);
}

/// Numbers of 0 … 1, many of them at the ends.
inline std::vector<double> pixels(std::size_t count, unsigned seed = 5) {
  std::mt19937 engine(seed);
  std::uniform_real_distribution<float> any(-0.3F, 1.3F);
  std::vector<double> result(count);
  for (double& x : result) x = std::clamp(any(engine), 0.0F, 1.0F);
  return result;
}

inline std::vector<float> floats(const std::vector<double>& x) { return {x.begin(), x.end()}; }

/// What a builder makes of the inputs; the bits at 1, 2 and 4 threads are the same.
inline std::vector<float> result_of(const std::vector<Input>& inputs, const Builder& build) {
  const auto values = detail::make_values(inputs, {});
  std::vector<double> cotangent;
  const auto y = detail::run(inputs, values, build, cotangent, 1).y;
  for (int threads : {2, 4}) {
    const auto other = detail::run(inputs, values, build, cotangent, threads).y;
    BOOST_TEST(std::memcmp(other.data(), y.data(), y.size() * sizeof(float)) == 0);
  }
  return y;
}

}  // namespace backflow::proof
