// Points and weights of Gauss and Legendre, which integrate polynomials of degree 2n − 1 exactly. Internal to
// runtime/explain/.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

namespace backflow::explain {

struct QuadraturePoint {
  double at = 0, weight = 0;  // in 0 … 1; the weights add up to 1
};

/// The roots of the n-th Legendre polynomial by Newton's method, moved from −1 … 1 to 0 … 1, in ascending order.
inline std::vector<QuadraturePoint> gauss_legendre(std::int64_t n) {
  constexpr int kIterations = 100;
  std::vector<QuadraturePoint> points(static_cast<std::size_t>(n));
  for (std::int64_t i = 0; i < n; ++i) {
    double x = -std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) / (static_cast<double>(n) + 0.5));
    double slope = 1;
    for (int k = 0; k < kIterations; ++k) {
      double p = 1, before = 0;
      for (std::int64_t j = 1; j <= n; ++j) {
        const auto m = static_cast<double>(j);
        const double next = ((2 * m - 1) * x * p - (m - 1) * before) / m;
        before = p;
        p = next;
      }
      slope = static_cast<double>(n) * (x * p - before) / (x * x - 1);
      const double step = p / slope;
      x -= step;
      if (std::abs(step) < 1e-15) break;
    }
    points[static_cast<std::size_t>(i)] = {(x + 1) / 2, 1 / ((1 - x * x) * slope * slope)};
  }
  return points;
}

}  // namespace backflow::explain
