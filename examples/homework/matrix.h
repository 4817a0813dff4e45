// Small matrices of doubles, so that a formula in a program looks like the formula on paper. A column vector is n×1, a
// row vector 1×n.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include <backflow/graph/error.h>

namespace backflow::homework {

class Matrix {
 public:
  Matrix() = default;
  Matrix(std::size_t rows, std::size_t columns, std::vector<double> values = {})
      : rows_(rows), columns_(columns), values_(std::move(values)) {
    values_.resize(rows * columns);
  }

  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  std::vector<double>& values() & { return values_; }
  const std::vector<double>& values() const& { return values_; }
  std::vector<double> values() && { return std::move(values_); }
  double& operator()(std::size_t i, std::size_t j) { return values_[i * columns_ + j]; }
  double operator()(std::size_t i, std::size_t j) const { return values_[i * columns_ + j]; }

 private:
  std::size_t rows_ = 0, columns_ = 0;
  std::vector<double> values_;
};

/// f of each element.
template <class F>
Matrix map(Matrix m, F f) {
  for (double& v : m.values()) v = f(v);
  return m;
}

inline Matrix combine(Matrix a, const Matrix& b, const std::function<double(double, double)>& f) {
  require(a.rows() == b.rows() && a.columns() == b.columns(), "a ", a.rows(), "×", a.columns(), " and a ", b.rows(),
          "×", b.columns(), " matrix do not fit");
  for (std::size_t i = 0; i < a.values().size(); ++i) a.values()[i] = f(a.values()[i], b.values()[i]);
  return a;
}

inline Matrix operator+(const Matrix& a, const Matrix& b) { return combine(a, b, std::plus<>()); }
inline Matrix operator-(const Matrix& a, const Matrix& b) { return combine(a, b, std::minus<>()); }
inline Matrix operator*(double factor, const Matrix& m) {
  return map(m, [factor](double v) { return factor * v; });
}

inline Matrix operator*(const Matrix& a, const Matrix& b) {
  require(a.columns() == b.rows(), "a product of ", a.rows(), "×", a.columns(), " and ", b.rows(), "×", b.columns());
  Matrix c(a.rows(), b.columns());
  for (std::size_t i = 0; i < a.rows(); ++i)
    for (std::size_t k = 0; k < a.columns(); ++k)
      for (std::size_t j = 0; j < b.columns(); ++j) c(i, j) += a(i, k) * b(k, j);
  return c;
}

inline Matrix transposed(const Matrix& m) {
  Matrix t(m.columns(), m.rows());
  for (std::size_t i = 0; i < m.rows(); ++i)
    for (std::size_t j = 0; j < m.columns(); ++j) t(j, i) = m(i, j);
  return t;
}

/// The square matrix with the elements of `m` on its diagonal.
inline Matrix diagonal(const Matrix& m) {
  const std::size_t n = m.values().size();
  Matrix d(n, n);
  for (std::size_t i = 0; i < n; ++i) d(i, i) = m.values()[i];
  return d;
}

inline Matrix identity_matrix(std::size_t n) { return diagonal(Matrix(n, 1, std::vector<double>(n, 1.0))); }

/// ‖m‖², the sum of the squares of all elements.
inline double squared_norm(const Matrix& m) {
  double total = 0;
  for (double v : m.values()) total += v * v;
  return total;
}

/// The largest singular value, by power iteration.
inline double spectral_norm(const Matrix& m) {
  Matrix v(m.columns(), 1, std::vector<double>(m.columns(), 1.0));
  for (int i = 0; i < 200; ++i) {
    v = transposed(m) * (m * v);
    v = (1 / std::sqrt(squared_norm(v))) * v;
  }
  return std::sqrt(squared_norm(m * v));
}

/// The largest absolute value; ∞ if there is a NaN.
inline double largest(const Matrix& m) {
  double found = 0;
  for (double v : m.values()) found = std::max(found, std::isnan(v) ? INFINITY : std::abs(v));
  return found;
}

inline Matrix scalar(double value) { return {1, 1, {value}}; }

}  // namespace backflow::homework
