// Forty labelled points in the plane for the learners of 1.3, and the least-squares line through them.
#pragma once

#include "examples/homework/experiment.h"

namespace backflow::homework {

constexpr std::size_t kPoints = 40;

struct Points {
  const char* name;
  std::vector<Matrix> x;  // 1×2 each
  std::vector<double> y;  // −1 or 1

  /// s = w x + b of point i.
  double side(std::size_t i, const Matrix& w, double b) const { return (x[i] * transposed(w))(0, 0) + b; }

  int mistakes(const Matrix& w, double b) const {
    int wrong = 0;
    for (std::size_t i = 0; i < kPoints; ++i) wrong += y[i] * side(i, w, b) <= 0;
    return wrong;
  }
};

/// Two clouds on the two sides of a line through (0.3, 0), with a gap between them; if `noisy`, every tenth label is
/// wrong.
inline Points make_points(const char* name, bool noisy) {
  Points points{name, {}, {}};
  const Matrix random = random_matrix(kPoints, 2, 3);
  for (std::size_t i = 0; i < kPoints; ++i) {
    const double side = i % 2 == 0 ? 1 : -1;
    const double turn = side * (random(i, 0) + random(i, 1)) < 0 ? -1 : 1;
    points.x.emplace_back(1, 2, std::vector{turn * random(i, 0) + side * 0.3 + 0.3, turn * random(i, 1) + side * 0.3});
    points.y.push_back(noisy && i % 10 == 3 ? -side : side);
  }
  return points;
}

/// (w₁, w₂, b) with the smallest Σ (y − s)², by elimination on the normal equations.
inline Matrix least_squares(const Points& points) {
  Matrix a(3, 4);
  for (std::size_t i = 0; i < kPoints; ++i) {
    const double row[] = {points.x[i](0, 0), points.x[i](0, 1), 1, points.y[i]};
    for (std::size_t r = 0; r < 3; ++r)
      for (std::size_t c = 0; c < 4; ++c) a(r, c) += row[r] * row[c];
  }
  for (std::size_t pivot = 0; pivot < 3; ++pivot)  // positive definite: no exchange of rows is needed
    for (std::size_t r = 0; r < 3; ++r) {
      const double factor = a(r, pivot) / a(pivot, pivot);
      for (std::size_t c = 0; c < 4; ++c)
        if (r != pivot) a(r, c) -= factor * a(pivot, c);
    }
  return {1, 3, {a(0, 3) / a(0, 0), a(1, 3) / a(1, 1), a(2, 3) / a(2, 2)}};
}

}  // namespace backflow::homework
