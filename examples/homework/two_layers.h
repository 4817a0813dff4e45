// The network of 1.1, Linear₁ → f → Linear₂ → g → C, for one data point: a graph with all its gradients.
#pragma once

#include <string>

#include <backflow/graph/gradient.h>
#include <backflow/ops/linear.h>
#include "examples/homework/check.h"
#include "examples/homework/experiment.h"

namespace backflow::homework {

/// Vectors are columns.
struct Parameters {
  Matrix W1, b1, W2, b2;  // [d, n], [d, 1], [K, d], [K, 1]
};

inline Parameters random_parameters(std::size_t n, std::size_t d, std::size_t K) {
  return {random_matrix(d, n, 1), random_matrix(d, 1, 2), random_matrix(K, d, 3), random_matrix(K, 1, 4)};
}

inline void print_parameters(const Parameters& p) {
  Check::given("W⁽¹⁾", p.W1);
  Check::given("b⁽¹⁾", p.b1);
  Check::given("W⁽²⁾", p.W2);
  Check::given("b⁽²⁾", p.b2);
}

/// Row b of a batch as a column vector.
inline Matrix column(const Matrix& batch, std::size_t b) {
  Matrix c(batch.columns(), 1);
  for (std::size_t j = 0; j < batch.columns(); ++j) c(j, 0) = batch(b, j);
  return c;
}

/// The Jacobians of f and g, and as results s1, a1, s2, y~, C, and "grad NAME" for x, W1, b1, W2, b2, y~, each with the
/// shape of what it belongs to.
class TwoLayers {
 public:
  using Activation = Value (*)(Value);
  using Cost = Value (*)(Value prediction, Value target);

  TwoLayers(const Parameters& p, const Matrix& x, const Matrix& y, Activation f, Activation g, Cost cost) {
    const Value in = e_.input("x", transposed(x));
    const Value W1 = e_.input("W1", p.W1), b1 = e_.input("b1", p.b1, {static_cast<std::int64_t>(p.b1.rows())});
    const Value W2 = e_.input("W2", p.W2), b2 = e_.input("b2", p.b2, {static_cast<std::int64_t>(p.b2.rows())});
    const Value s1 = e_.keep("s1", linear(in, W1, b1)), a1 = e_.keep("a1", f(s1));
    const Value s2 = e_.keep("s2", linear(a1, W2, b2)), y_tilde = e_.keep("y~", g(s2));
    da1_ds1 = e_.jacobian_of(a1, s1);
    dy_ds2 = e_.jacobian_of(y_tilde, s2);
    const Value C = e_.keep("C", cost(y_tilde, e_.input("y", transposed(y))));
    const auto gradients = gradient({C}, {in, W1, b1, W2, b2, s2, y_tilde});
    const char* names[] = {"x", "W1", "b1", "W2", "b2", "s2", "y~"};
    for (std::size_t i = 0; i < gradients.size(); ++i) e_.keep(std::string("grad ") + names[i], gradients[i]);
    e_.run();
  }

  Matrix da1_ds1, dy_ds2;

  Matrix operator[](const std::string& name) const { return e_[name]; }
  Matrix column(const std::string& name) const { return transposed(e_[name]); }
  double number(const std::string& name) const { return e_.number(name); }

 private:
  Experiment e_;
};

/// The three factors of which every derivative is made, in numerator layout: [1, K], [K, K], [d, d].
struct Factors {
  Matrix dC_dy, dy_ds2, da1_ds1;
};

struct Derivatives {
  Matrix W2, b2, W1, b1, x;  // [d, K], [1, K], [n, d], [1, d], [1, n]
};

/// The formulas of (c).
inline Derivatives derivatives(const Parameters& p, const Matrix& x, const Matrix& a1, const Factors& q) {
  return {a1 * q.dC_dy * q.dy_ds2, q.dC_dy * q.dy_ds2, x * q.dC_dy * q.dy_ds2 * p.W2 * q.da1_ds1,
          q.dC_dy * q.dy_ds2 * p.W2 * q.da1_ds1, q.dC_dy * q.dy_ds2 * p.W2 * q.da1_ds1 * p.W1};
}

/// Compares the formulas, and their transposes with the shapes of the parameters, with the graph's gradients.
inline void check_backward(Check& check, const TwoLayers& net, const Parameters& p, const Matrix& x, const Matrix& a1,
                           const Factors& q) {
  const Derivatives d = derivatives(p, x, a1, q);
  check.equal("∂C/∂W⁽²⁾ = a₁ ∂C/∂ỹ ∂ỹ/∂s₂", d.W2, transposed(net["grad W2"]));
  check.equal("∂C/∂b⁽²⁾ = ∂C/∂ỹ ∂ỹ/∂s₂", d.b2, net["grad b2"]);
  check.equal("∂C/∂W⁽¹⁾ = x ∂C/∂ỹ ∂ỹ/∂s₂ W⁽²⁾ ∂a₁/∂s₁", d.W1, transposed(net["grad W1"]));
  check.equal("∂C/∂b⁽¹⁾ = ∂C/∂ỹ ∂ỹ/∂s₂ W⁽²⁾ ∂a₁/∂s₁", d.b1, net["grad b1"]);
  check.equal("∂C/∂x = ∂C/∂ỹ ∂ỹ/∂s₂ W⁽²⁾ ∂a₁/∂s₁ W⁽¹⁾", d.x, net["grad x"]);
  const Matrix c = transposed(q.dC_dy), g = transposed(q.dy_ds2), f = transposed(q.da1_ds1), W2 = transposed(p.W2);
  check.equal("∇W⁽²⁾ = (∂ỹ/∂s₂)ᵀ (∂C/∂ỹ)ᵀ a₁ᵀ", g * c * transposed(a1), net["grad W2"]);
  check.equal("∇b⁽²⁾ = (∂ỹ/∂s₂)ᵀ (∂C/∂ỹ)ᵀ", g * c, transposed(net["grad b2"]));
  check.equal("∇W⁽¹⁾ = (∂a₁/∂s₁)ᵀ W⁽²⁾ᵀ (∂ỹ/∂s₂)ᵀ (∂C/∂ỹ)ᵀ xᵀ", f * W2 * g * c * transposed(x), net["grad W1"]);
  check.equal("∇b⁽¹⁾ = (∂a₁/∂s₁)ᵀ W⁽²⁾ᵀ (∂ỹ/∂s₂)ᵀ (∂C/∂ỹ)ᵀ", f * W2 * g * c, transposed(net["grad b1"]));
}

}  // namespace backflow::homework
