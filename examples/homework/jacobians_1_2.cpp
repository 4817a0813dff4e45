// Questions 1.2 (d), (e): the Jacobians of a sum and of a composition of linear functions, also with one weight used
// twice; and their products with a vector.
#include <backflow/ops/add.h>
#include <backflow/ops/linear.h>
#include "examples/homework/check.h"
#include "examples/homework/experiment.h"

using namespace backflow;
using namespace backflow::homework;

namespace {

constexpr std::size_t a = 4, b = 3, c = 2;

void sum(Check& check) {
  title("1.2 (d)  f(x) = W₁x, g(x) = W₂x, W₁ and W₂ of shape b×a; h = f + g");
  const Matrix W1 = random_matrix(b, a, 1), W2 = random_matrix(b, a, 2), at = random_matrix(1, a, 3);
  Check::given("W₁", W1);
  Check::given("W₂", W2);
  Check::given("xᵀ", at);
  Experiment e;
  const Value x = e.input("x", at);
  const Value w1 = e.parameter("W1", W1), w2 = e.parameter("W2", W2);
  const Value f = linear(x, w1, {}), g = linear(x, w2, {});
  check.equal("(a) ∂f/∂x = W₁", W1, e.jacobian_of(f, x));
  check.equal("(a) ∂g/∂x = W₂", W2, e.jacobian_of(g, x));
  check.equal("(b) ∂h/∂x = W₁ + W₂", W1 + W2, e.jacobian_of(add(f, g), x));
  const Value again = linear(x, w1, {});
  check.equal("(c) W₁ = W₂: ∂h/∂x = 2W₁", 2 * W1, e.jacobian_of(add(f, again), x));
}

void composition(Check& check) {
  title("1.2 (e)  f(x) = W₁x with W₁ of shape b×a, g(u) = W₂u with W₂ of shape c×b; h = g ∘ f");
  const Matrix W1 = random_matrix(b, a, 4), W2 = random_matrix(c, b, 5), at = random_matrix(1, a, 6);
  const Matrix v = random_matrix(1, c, 7), t = random_matrix(a, 1, 8);
  Check::given("W₁", W1);
  Check::given("W₂", W2);
  Check::given("xᵀ", at);
  Check::given("vᵀ", v);
  Check::given("t", t);
  Experiment e;
  const Value x = e.input("x", at);
  const Value u = linear(x, e.parameter("W1", W1), {}), h = linear(u, e.parameter("W2", W2), {});
  check.equal("(a) ∂f/∂x = W₁", W1, e.jacobian_of(u, x));
  check.equal("(a) ∂g/∂u = W₂", W2, e.jacobian_of(h, u));
  check.equal("(b) ∂h/∂x = W₂W₁", W2 * W1, e.jacobian_of(h, x));
  check.equal("vᵀ ∂h/∂x without the Jacobian", v * W2 * W1, e.left_product(v, h, x));
  check.equal("∂h/∂x t without the Jacobian", W2 * (W1 * t), transposed(e.right_product(h, x, t)));
}

void shared(Check& check) {
  title("1.2 (e) (c)  W₁ = W₂, so a = b = c");
  const Matrix W = random_matrix(b, b, 9), at = random_matrix(1, b, 10);
  Check::given("W₁ = W₂", W);
  Check::given("xᵀ", at);
  Experiment e;
  const Value x = e.input("x", at), w = e.parameter("W", W);
  const Matrix J = e.jacobian_of(linear(linear(x, w, {}), w, {}), x);
  check.equal("∂h/∂x = W₁W₁", W * W, J);
  const double apart = squared_norm(map(W, [](double v) { return v * v; }) - J);
  check.holds("it is not the square of each element", apart > 0.1);
}

}  // namespace

int main(int argc, char** argv) {
  Check check(argc, argv);
  sum(check);
  composition(check);
  shared(check);
  return check.result();
}
