// Small matrices in double, and tensors compared with them.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include <backflow/graph/spec.h>
#include <backflow/runtime/flow/tensor.h>
#include "tests/support/test.h"

namespace backflow {

using Matrix = std::vector<std::vector<double>>;

inline Matrix matrix(const std::vector<float>& values, std::size_t columns) {
  Matrix m;
  for (std::size_t i = 0; i < values.size(); i += columns)
    m.emplace_back(values.begin() + static_cast<std::ptrdiff_t>(i),
                   values.begin() + static_cast<std::ptrdiff_t>(i + columns));
  return m;
}

inline Matrix product(const Matrix& a, const Matrix& b) {
  Matrix c(a.size(), std::vector<double>(b[0].size()));
  for (std::size_t i = 0; i < a.size(); ++i)
    for (std::size_t j = 0; j < b[0].size(); ++j)
      for (std::size_t k = 0; k < b.size(); ++k) c[i][j] += a[i][k] * b[k][j];
  return c;
}

/// Every element, in the shape of the matrix.
inline void check(const Tensor& got, const Matrix& expected, double tolerance = 2e-6) {
  const Shape shape{static_cast<std::int64_t>(expected.size()), static_cast<std::int64_t>(expected[0].size())};
  BOOST_REQUIRE_EQUAL(to_string(got.spec()), to_string(shape));
  for (std::size_t i = 0; i < expected.size(); ++i)
    for (std::size_t j = 0; j < expected[0].size(); ++j) {
      const double is = got.as()[i * expected[0].size() + j];
      BOOST_CHECK_MESSAGE(std::abs(is - expected[i][j]) <= tolerance * (1 + std::abs(expected[i][j])),
                          "row " << i << " column " << j << ": expected " << expected[i][j] << ", got " << is);
    }
}

inline std::vector<float> wave(std::size_t n, double speed) {
  std::vector<float> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<float>(std::sin(speed * static_cast<double>(i + 1)));
  return values;
}

inline std::vector<float> elements_of(const Tensor& t) { return {t.as().begin(), t.as().end()}; }

/// The elements alone, of a column, whatever the tensor's shape.
inline void check_values(const Tensor& got, const Matrix& column) {
  check(Tensor({static_cast<std::int64_t>(column.size()), 1}, got.as()), column);
}

}  // namespace backflow
