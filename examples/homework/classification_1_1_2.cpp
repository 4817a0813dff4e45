// Question 1.1.2 (a), (b): Linear₁ → tanh → Linear₂ → σ, with the squared distance and with binary cross-entropy. Every
// value, gradient and Jacobian by the graph and by the formulas of docs/theory.md, and what saturation does to each.
#include <backflow/ops/bce_loss.h>
#include <backflow/ops/bce_with_logits.h>
#include <backflow/ops/sigmoid.h>
#include <backflow/ops/squared_distance.h>
#include <backflow/ops/tanh.h>
#include "examples/homework/check.h"
#include "examples/homework/two_layers.h"

using namespace backflow;
using namespace backflow::homework;

namespace {

constexpr std::size_t n = 3, d = 4, K = 2;

Value f_graph(Value s) { return backflow::tanh(s); }
Value g_graph(Value s) { return sigmoid(s); }
Value distance(Value prediction, Value target) { return squared_distance(prediction, target); }
Value cross_entropy(Value prediction, Value target) { return bce_loss(prediction, target); }

Matrix logistic(const Matrix& s) {
  return map(s, [](double v) { return 1 / (1 + std::exp(-v)); });
}
Matrix tangent(const Matrix& s) {
  return map(s, [](double v) { return std::tanh(v); });
}
Matrix tanh_jacobian(const Matrix& s1) {
  return diagonal(map(s1, [](double v) { return 1 - std::tanh(v) * std::tanh(v); }));
}
Matrix sigmoid_jacobian(const Matrix& y_tilde) {
  return diagonal(map(y_tilde, [](double v) { return v * (1 - v); }));
}

/// −(y log ỹ + (1 − y) log(1 − ỹ)), mean over the outputs.
double bce(const Matrix& y, const Matrix& y_tilde) {
  const Matrix terms =
      combine(y, y_tilde, [](double t, double p) { return -(t * std::log(p) + (1 - t) * std::log(1 - p)); });
  double total = 0;
  for (double v : terms.values()) total += v;
  return total / static_cast<double>(y.rows());
}

/// (ỹ − y) / (ỹ (1 − ỹ)) / K, a row.
Matrix bce_derivative(const Matrix& y, const Matrix& y_tilde) {
  return 1.0 / K * transposed(combine(y, y_tilde, [](double t, double p) { return (p - t) / (p * (1 - p)); }));
}

void squared(Check& check, const Parameters& p, const Matrix& x, const Matrix& y) {
  const Matrix s1 = p.W1 * x + p.b1, a1 = tangent(s1), s2 = p.W2 * a1 + p.b2, y_tilde = logistic(s2);
  const Factors q{2 * transposed(y_tilde - y), sigmoid_jacobian(y_tilde), tanh_jacobian(s1)};
  const TwoLayers net(p, x, y, f_graph, g_graph, distance);
  title("1.1.2 (a)  squared distance: forward");
  check.equal("s₁ = W⁽¹⁾x + b⁽¹⁾", s1, net.column("s1"));
  check.equal("a₁ = tanh(W⁽¹⁾x + b⁽¹⁾)", a1, net.column("a1"));
  check.equal("s₂ = W⁽²⁾ tanh(W⁽¹⁾x + b⁽¹⁾) + b⁽²⁾", s2, net.column("s2"));
  check.equal("ỹ = σ(s₂)", y_tilde, net.column("y~"));
  check.equal("C = ‖ỹ − y‖²", squared_norm(y_tilde - y), net.number("C"));
  title("backward: only the written-out a₁ = tanh(s₁) differs from 1.1.1");
  check_backward(check, net, p, x, a1, q);
  title("elements");
  check.equal("∂a₁/∂s₁ = diag(1 − tanh²(s₁))", q.da1_ds1, net.da1_ds1);
  check.equal("∂ỹ/∂s₂ = diag(ỹ(1 − ỹ))", q.dy_ds2, net.dy_ds2);
  check.equal("∂C/∂ỹ = 2(ỹ − y)ᵀ", q.dC_dy, net["grad y~"]);
}

void entropy(Check& check, const Parameters& p, const Matrix& x, const Matrix& y) {
  const Matrix s1 = p.W1 * x + p.b1, a1 = tangent(s1), y_tilde = logistic(p.W2 * a1 + p.b2);
  const Factors q{bce_derivative(y, y_tilde), sigmoid_jacobian(y_tilde), tanh_jacobian(s1)};
  const TwoLayers net(p, x, y, f_graph, g_graph, cross_entropy);
  title("1.1.2 (b)  binary cross-entropy: forward");
  check.equal("C = −(yᵀ log ỹ + (1 − y)ᵀ log(1 − ỹ))/K", bce(y, y_tilde), net.number("C"));
  title("backward: the formulas of (a) with another ∂C/∂ỹ");
  check_backward(check, net, p, x, a1, q);
  check.equal("∂C/∂ỹ = (ỹ − y)/(ỹ(1 − ỹ))/K, a row", q.dC_dy, net["grad y~"]);

  title("simplified: the derivative of σ cancels");
  const Matrix error = 1.0 / K * (y_tilde - y), row = transposed(error);
  check.equal("∂C/∂s₂ = (ỹ − y)ᵀ/K", row, net["grad s2"]);
  check.equal("∂C/∂W⁽²⁾ = tanh(s₁) (ỹ − y)ᵀ/K", a1 * row, transposed(net["grad W2"]));
  check.equal("∂C/∂b⁽²⁾ = (ỹ − y)ᵀ/K", row, net["grad b2"]);
  check.equal("∂C/∂W⁽¹⁾ = x (ỹ − y)ᵀ/K W⁽²⁾ diag(1 − tanh²)", x * row * p.W2 * q.da1_ds1, transposed(net["grad W1"]));
  check.equal("∂C/∂b⁽¹⁾ = (ỹ − y)ᵀ/K W⁽²⁾ diag(1 − tanh²)", row * p.W2 * q.da1_ds1, net["grad b1"]);
  const Matrix left = q.da1_ds1 * transposed(p.W2) * error;
  check.equal("∇W⁽²⁾ = (ỹ − y)/K tanh(s₁)ᵀ", error * transposed(a1), net["grad W2"]);
  check.equal("∇b⁽²⁾ = (ỹ − y)/K", error, transposed(net["grad b2"]));
  check.equal("∇W⁽¹⁾ = diag(1 − tanh²) W⁽²⁾ᵀ (ỹ − y)/K xᵀ", left * transposed(x), net["grad W1"]);
  check.equal("∇b⁽¹⁾ = diag(1 − tanh²) W⁽²⁾ᵀ (ỹ − y)/K", left, transposed(net["grad b1"]));
}

/// ∂C/∂s of σ and a cost for one output with target 0.
double slope(double s, Value (*cost)(Value, Value), bool on_logits = false) {
  Experiment e;
  const Value in = e.input("s", scalar(s));
  e.keep("slope", gradient(cost(on_logits ? in : sigmoid(in), e.input("y", scalar(0))), in));
  e.run();
  return e.number("slope");
}

void saturation(Check& check) {
  title("confidently wrong: target 0, s₂ = 8, and s₂ = 40 where σ rounds to exactly 1");
  const double p = 1 / (1 + std::exp(-8.0));
  const auto with_logits = [](Value s, Value y) { return bce_with_logits(s, y); };
  check.equal("squared distance: 2(ỹ − y)ỹ(1 − ỹ), almost nothing", 2 * p * p * (1 - p), slope(8, distance));
  check.equal("cross-entropy: (ỹ − y)/K, nearly 1", p, slope(8, cross_entropy), 1e-4);
  check.equal("s₂ = 40: the product of two factors is 0, as in PyTorch", 0, slope(40, cross_entropy), 2e-6,
              {"in f32", "graph"});
  check.equal("s₂ = 40: the simplified form, bce_with_logits, is 1", 1, slope(40, with_logits, true), 2e-6,
              {"limit", "graph"});
}

}  // namespace

int main(int argc, char** argv) {
  Check check(argc, argv);
  const Parameters p = random_parameters(n, d, K);
  const Matrix x = random_matrix(n, 1, 7), y(K, 1, {1, 0.25});
  title("the inputs");
  print_parameters(p);
  Check::given("x", x);
  Check::given("y", y);
  squared(check, p, x, y);
  entropy(check, p, x, y);
  saturation(check);
  return check.result();
}
