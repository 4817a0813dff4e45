// Question 1.1.1: Linear₁ → 3·ReLU → Linear₂ → identity with C = ‖ỹ − y‖². Every value, gradient and Jacobian by the
// graph and by the formulas of docs/theory.md, and two steps of training on a batch.
#include <backflow/ops/identity.h>
#include <backflow/ops/scaled_relu.h>
#include <backflow/ops/sgd.h>
#include <backflow/ops/squared_distance.h>
#include "examples/homework/check.h"
#include "examples/homework/two_layers.h"

using namespace backflow;
using namespace backflow::homework;

namespace {

constexpr double kRate = 0.002;  // η

Matrix f(const Matrix& s) {
  return map(s, [](double v) { return 3 * std::max(0.0, v); });
}
Matrix f_jacobian(const Matrix& s) {
  return diagonal(map(s, [](double v) { return v > 0 ? 3.0 : 0.0; }));
}
Value f_graph(Value s) { return scaled_relu(s, {.scale = 3}); }
Value g_graph(Value s) { return identity(s); }

/// The factors of (d) at s₁ and ỹ.
Factors factors(const Matrix& s1, const Matrix& y_tilde, const Matrix& y) {
  return {2 * transposed(y_tilde - y), identity_matrix(y.rows()), f_jacobian(s1)};
}

void one_point(Check& check, const Parameters& p, const Matrix& x, const Matrix& y) {
  const Matrix s1 = p.W1 * x + p.b1, a1 = f(s1), s2 = p.W2 * a1 + p.b2, y_tilde = s2;
  const Factors q = factors(s1, y_tilde, y);
  TwoLayers net(p, x, y, f_graph, g_graph,
                [](Value prediction, Value target) { return squared_distance(prediction, target); });

  title("1.1.1 (b)  forward");
  check.equal("s₁ = W⁽¹⁾x + b⁽¹⁾", s1, net.column("s1"));
  check.equal("a₁ = 3(W⁽¹⁾x + b⁽¹⁾)⁺", a1, net.column("a1"));
  check.equal("s₂ = 3W⁽²⁾(W⁽¹⁾x + b⁽¹⁾)⁺ + b⁽²⁾", s2, net.column("s2"));
  check.equal("ỹ = s₂", y_tilde, net.column("y~"));
  check.equal("C = ‖ỹ − y‖²", scalar(squared_norm(y_tilde - y)), net["C"]);

  title("1.1.1 (c)  backward");
  check_backward(check, net, p, x, a1, q);

  title("1.1.1 (d)  elements of the three factors");
  check.equal("∂a₁/∂s₁ = diag(3 [s₁ > 0])", q.da1_ds1, net.da1_ds1);
  check.equal("∂ỹ/∂s₂ = I", q.dy_ds2, net.dy_ds2);
  check.equal("∂C/∂ỹ = 2(ỹ − y)ᵀ", q.dC_dy, net["grad y~"]);
}

/// θ ← θ − η Σ_b (∂C_b/∂θ)ᵀ / B, by the formulas.
void formula_step(Parameters& p, const Matrix& x, const Matrix& y, double rate) {
  const Parameters old = p;
  const double factor = -rate / static_cast<double>(x.rows());
  for (std::size_t b = 0; b < x.rows(); ++b) {
    const Matrix s1 = old.W1 * column(x, b) + old.b1, y_tilde = old.W2 * f(s1) + old.b2;
    const Derivatives d = derivatives(old, column(x, b), f(s1), factors(s1, y_tilde, column(y, b)));
    p.W1 = p.W1 + factor * transposed(d.W1);
    p.b1 = p.b1 + factor * transposed(d.b1);
    p.W2 = p.W2 + factor * transposed(d.W2);
    p.b2 = p.b2 + factor * transposed(d.b2);
  }
}

void five_steps(Check& check, Parameters p, const Matrix& x, const Matrix& y) {
  title("1.1.1 (a)  five steps, twice, on a batch of 5");
  Experiment e;
  const auto in = e.input("x", x), target = e.input("y", y), rate = e.input("rate", scalar(kRate), {1});
  const Value y_tilde =
      e.keep("y~", g_graph(linear(f_graph(linear(in, e.parameter("W1", p.W1), e.parameter("b1", p.b1, {4}))),
                                  e.parameter("W2", p.W2), e.parameter("b2", p.b2, {2}))));
  const Value loss = e.keep("L", squared_distance(y_tilde, target, {.reduction = Reduction::batch_mean}));
  const auto parameters = e.graph().parameters();
  const auto gradients = gradient({loss}, parameters);
  for (std::size_t i = 0; i < parameters.size(); ++i) sgd(parameters[i], gradients[i], rate);
  for (int step = 1; step <= 2; ++step) {
    double mean = 0;
    Matrix prediction(x.rows(), 2);
    for (std::size_t b = 0; b < x.rows(); ++b) {
      const Matrix out = p.W2 * f(p.W1 * column(x, b) + p.b1) + p.b2;
      for (std::size_t k = 0; k < 2; ++k) prediction(b, k) = out(k, 0);
      mean += squared_norm(out - column(y, b)) / static_cast<double>(x.rows());
    }
    formula_step(p, x, y, kRate);
    e.run();
    check.equal("1. forward: ỹ_b, one row each", prediction, e["y~"]);
    check.equal("2. loss: L = mean of C", mean, e.number("L"));
    std::printf("  3. zero the gradients: each run of the graph writes them anew; nothing of the last run is left\n");
    std::printf("  4. backward and 5. update: θ ← θ − η G(θ), G the mean over the batch\n");
    check.equal("W⁽¹⁾ after the update", p.W1, e["W1"]);
    check.equal("b⁽¹⁾ after the update", transposed(p.b1), e["b1"]);
    check.equal("W⁽²⁾ after the update", p.W2, e["W2"]);
    check.equal("b⁽²⁾ after the update", transposed(p.b2), e["b2"]);
  }
}

}  // namespace

int main(int argc, char** argv) {
  Check check(argc, argv);
  constexpr std::size_t n = 3, d = 4, K = 2, B = 5;
  const Parameters p = random_parameters(n, d, K);
  const Matrix batch_x = random_matrix(B, n, 5), batch_y = random_matrix(B, K, 6);
  const Matrix x = random_matrix(n, 1, 7), y = random_matrix(K, 1, 8);
  title("the inputs");
  print_parameters(p);
  Check::given("η", scalar(kRate));
  Check::given("the batch of (a): x_b, one row each", batch_x);
  Check::given("the batch of (a): y_b, one row each", batch_y);
  Check::given("the point of (b), (c), (d): x", x);
  Check::given("the point of (b), (c), (d): y", y);
  five_steps(check, p, batch_x, batch_y);
  one_point(check, p, x, y);
  return check.result();
}
