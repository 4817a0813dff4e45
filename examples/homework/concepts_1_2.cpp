// Questions 1.2 (a), (b), (c): softargmax at falling temperature, the computational graph of w = ab + b with its
// derivatives and its picture, and the derivatives of four activations.
#include <array>
#include <numbers>

#include <backflow/graph/gradient.h>
#include <backflow/ops/add.h>
#include <backflow/ops/gelu.h>
#include <backflow/ops/leaky_relu.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/softmax.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/ops/tanh.h>
#include "examples/homework/check.h"
#include "examples/homework/class_graph.h"
#include "examples/homework/experiment.h"
#include "examples/homework/plot.h"

using namespace backflow;
using namespace backflow::homework;

namespace {

/// softargmax_β(s) and its soft maximum, log-sum-exp, by the graph. The cross-entropy with label 0 is lse(βs) − βs₀.
void softargmax_at(Check& check, const Matrix& s, double beta, const Matrix& expected, double soft_maximum) {
  Experiment e;
  const Value scores = e.input("s", s), z = scale(scores, static_cast<float>(beta));
  const Value label = e.graph().constant("label", {{1}, Type::s32}, zeros());
  const Value loss = e.keep("loss", softmax_cross_entropy(z, label));
  e.keep("softargmax", softmax(z));
  e.keep("dloss", gradient(loss, scores));
  e.run();
  Matrix lse_gradient = 1 / beta * e["dloss"];
  lse_gradient(0, 0) += 1;
  check.equal(str_cat("softargmax, β = ", beta), expected, e["softargmax"], 1e-3, {"limit, table", "graph"});
  check.equal("log-sum-exp", soft_maximum, e.number("loss") / beta + s(0, 0), 1e-3, {"limit, table", "graph"});
  check.equal("∂lse/∂s = softargmaxᵀ", e["softargmax"], lse_gradient, 2e-6 / std::min(1.0, beta),
              {"softargmax", "gradient"});
}

void question_a(Check& check) {
  title("1.2 (a)  softargmax of (1, 3, 2) and of (3, 1, 3): from uniform to one-hot");
  const Matrix s(1, 3, {1, 3, 2}), tie(1, 3, {3, 1, 3});
  const double third = 1.0 / 3;
  Check::given("sᵀ", s);
  Check::given("sᵀ with a tie", tie);
  softargmax_at(check, s, 0.001, {1, 3, {third, third, third}}, 2 + 1000 * std::log(3.0));
  softargmax_at(check, s, 1, {1, 3, {0.090, 0.665, 0.245}}, 3.408);
  softargmax_at(check, s, 10, {1, 3, {0, 1, 0}}, 3.000);
  softargmax_at(check, s, 1000, {1, 3, {0, 1, 0}}, 3);
  softargmax_at(check, tie, 1000, {1, 3, {0.5, 0, 0.5}}, 3 + std::log(2.0) / 1000);
}

/// The graph of w in the symbols of the class. The bubbles o₁, o₂, o₃ hold what has no name in the formulas.
void draw_w() {
  enum : std::size_t { x, y, z, o1, a, o2, b, o3, w };
  draw_graph("concepts_1_2_graph",
             {{"x", 0, 1.6, true},
              {"y", 0, 3.6, true},
              {"z", 2.4, 4.2, true},
              {"o_1", 2.4, 2.9},
              {"a", 4.8, 3.4},
              {"o_2", 2.4, 0.5},
              {"b", 7.2, 1.6},
              {"o_3", 9.6, 3.1},
              {"w", 12, 2.4}},
             {{"×", 1.2, 2.9, {x, y}, o1},
              {"+", 3.6, 3.4, {o1, z}, a},
              {"+", 1.2, 0.5, {x, x}, o2},
              {"×", 6, 1.6, {a, o2}, b},
              {"×", 8.4, 3.1, {a, b}, o3},
              {"+", 10.8, 2.4, {o3, b}, w}});
}

void question_b(Check& check) {
  title("1.2 (b)  a = xy + z, b = a(x + x), w = ab + b at (2, 3, 1)");
  Experiment e;
  const Value x = e.input("x", scalar(2)), y = e.input("y", scalar(3)), z = e.input("z", scalar(1));
  const Value a = add(multiply(x, y, "o1"), z, "a");
  const Value b = multiply(a, add(x, x, "o2"), "b");
  const Value w = add(multiply(a, b, "o3"), b, "w");
  for (const auto& [name, value] : {std::pair{"x", 2}, {"y", 3}, {"z", 1}}) Check::given(name, scalar(value));
  draw_w();
  const auto d = gradient({w}, {x, y, z, a, b});
  const std::array names{"dw/dx", "dw/dy", "dw/dz", "dw/da", "dw/db"};
  for (std::size_t i = 0; i < names.size(); ++i) e.keep(names[i], d[i]);
  e.keep("a = ", a), e.keep("b = ", b), e.keep("w = ", w);
  e.run();
  check.equal("a = xy + z", 7, e.number("a = "));
  check.equal("b = a(x + x)", 28, e.number("b = "));
  check.equal("w = ab + b", 224, e.number("w = "));
  check.equal("∂w/∂x = 2xy(2a + 1) + 2a(a + 1)", 2 * 2 * 3 * 15 + 2 * 7 * 8, e.number("dw/dx"));
  check.equal("∂w/∂y = 2x²(2a + 1)", 2 * 4 * 15, e.number("dw/dy"));
  check.equal("∂w/∂z = 2x(2a + 1)", 2 * 2 * 15, e.number("dw/dz"));
  check.equal("∂w/∂a = 2x(2a + 1)", 2 * 2 * 15, e.number("dw/da"));
  check.equal("∂w/∂b = a + 1", 8, e.number("dw/db"));
}

/// f′ at the points of `x`, by the graph.
Matrix derivative(const Matrix& x, Value (*f)(Value)) {
  Experiment e;
  const Value in = e.input("x", x);
  e.keep("f'", gradient(f(in), in));
  e.run();
  return e["f'"];
}

double density(double x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi); }
double distribution(double x) { return (1 + std::erf(x / std::numbers::sqrt2)) / 2; }

struct Function {
  const char *name, *file;
  Value (*graph)(Value);
  double (*derivative)(double);
  double left = 0, right = 0;  // the limits at 0, if they differ; PyTorch takes the left one there
};
const std::array kFunctions{
    Function{"GELU", "gelu", [](Value x) { return gelu(x); },
             [](double x) { return distribution(x) + x * density(x); }},
    Function{"LeakyReLU(0.1)", "leaky_relu", [](Value x) { return leaky_relu(x, {.slope = 0.1F}); },
             [](double x) { return x > 0 ? 1 : 0.1; }, 0.1, 1},
    Function{"ReLU", "relu", [](Value x) { return relu(x); }, [](double x) { return x > 0 ? 1.0 : 0.0; }, 0, 1},
    Function{"Tanh", "tanh", [](Value x) { return backflow::tanh(x); },
             [](double x) { return 1 - std::tanh(x) * std::tanh(x); }}};

void question_c(Check& check) {
  title("1.2 (c)  four derivatives");
  Matrix x(1, 401);
  for (std::size_t i = 0; i < 401; ++i) x(0, i) = (static_cast<double>(i) - 200) / 50;
  for (const auto& f : kFunctions) {
    const Matrix d = derivative(x, f.graph);
    check.equal(str_cat(f.name, "′ from −4 to 4"), map(x, f.derivative), d, 1e-5, {"formula", "graph", x});
    std::vector<Curve> curves{{str_cat("derivative of ", f.name), x.values(), d.values(), 0.5, "lines linewidth 2"}};
    if (f.left != f.right) {
      curves.push_back({"value taken at 0", {0}, {f.left}, INFINITY, "points pointtype 7 linecolor 1"});
      curves.push_back({"limit from the right", {0}, {f.right}, INFINITY, "points pointtype 6 linecolor 1"});
    }
    plot(str_cat("concepts_1_2_", f.file),
         str_cat("set yrange [-0.2:1.2]\nset xlabel 'x'\nset ylabel \"", f.name, "'(x)\"\nset key top left\n"), curves);
  }
  const double root2 = std::numbers::sqrt2, half = std::log(1 + root2);
  check.equal("GELU′ at −√2, −0.751792, 0, 0.751792, √2, −9, 9", {1, 7, {-0.128904, 0, 0.5, 1, 1.128904, 0, 1}},
              derivative({1, 7, {-root2, -0.751792, 0, 0.751792, root2, -9, 9}}, kFunctions[0].graph), 3e-6);
  check.equal("tanh′ at 0, ±log(1 + √2), ±1, ±2", {1, 7, {1, 0.5, 0.5, 0.419974, 0.419974, 0.070651, 0.070651}},
              derivative({1, 7, {0, half, -half, 1, -1, 2, -2}}, kFunctions[3].graph), 3e-6);
  check.equal(
      "LeakyReLU′ and ReLU′ at 0, as in PyTorch", {1, 2, {0.1, 0}},
      {1, 2, {derivative(scalar(0), kFunctions[1].graph)(0, 0), derivative(scalar(0), kFunctions[2].graph)(0, 0)}});
  const Matrix gelu_slope = derivative(x, kFunctions[0].graph);
  Matrix mirrored = gelu_slope;
  std::reverse(mirrored.values().begin(), mirrored.values().end());
  check.equal("GELU′(x) + GELU′(−x) = 1", Matrix(1, 401, std::vector<double>(401, 1)), gelu_slope + mirrored, 2e-6,
              {"one", "graph", x});
}

}  // namespace

int main(int argc, char** argv) {
  Check check(argc, argv);
  question_a(check);
  question_b(check);
  question_c(check);
  return check.result();
}
