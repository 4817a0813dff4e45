// Question 1.3: the losses from which w ← w + η(y − ỹ)x follows. Each is integrated numerically, its gradient is
// compared with the rule at every step of training, and what each learner converges to is shown.
#include <array>

#include <backflow/graph/gradient.h>
#include <backflow/ops/adaline_loss.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/logistic_tanh_loss.h>
#include <backflow/ops/perceptron_loss.h>
#include <backflow/ops/sgd.h>
#include "examples/homework/check.h"
#include "examples/homework/experiment.h"
#include "examples/homework/points.h"

using namespace backflow;
using namespace backflow::homework;

namespace {

constexpr int kEpochs = 100;

struct Learner {
  const char *name, *text;
  Value (*loss)(Value s, Value y);
  double (*predict)(double s);            // ỹ
  double (*formula)(double s, double y);  // the derived loss
  double (*other)(double s, double y);    // another form of it, for y = ±1
};
const std::array kLearners{
    Learner{"perceptron", "|s| − ys = 2 max(0, −ys)", [](Value s, Value y) { return perceptron_loss(s, y); },
            [](double s) { return static_cast<double>((s > 0) - (s < 0)); },
            [](double s, double y) { return std::abs(s) - y * s; },
            [](double s, double y) { return 2 * std::max(0.0, -y * s); }},
    Learner{"Adaline", "(y − s)²/2 = s²/2 − ys + y²/2", [](Value s, Value y) { return adaline_loss(s, y); },
            [](double s) { return s; }, [](double s, double y) { return (y - s) * (y - s) / 2; },
            [](double s, double y) { return s * s / 2 - y * s + y * y / 2; }},
    Learner{"logistic", "log(1 + e^(−2ys)) = log cosh s − ys + log 2",
            [](Value s, Value y) { return logistic_tanh_loss(s, y); }, [](double s) { return std::tanh(s); },
            [](double s, double y) { return std::log1p(std::exp(-2 * y * s)); },
            [](double s, double y) { return std::log(std::cosh(s)) - y * s + std::log(2.0); }}};

/// The graph's losses for many s at one y, and ℓ′(s).
void losses(Check& check, const Learner& learner) {
  for (double y : {-1.0, 1.0}) {
    std::vector<double> points, formula, other, integral, graph, slope, rule;
    double area = 0;
    for (int i = 0; i <= 80; ++i) {
      const double s = (i - 40) / 10.0 + 0.05;  // not at the kink
      Experiment e;
      const Value in = e.input("s", scalar(s)), loss = e.keep("loss", learner.loss(in, e.input("y", scalar(y))));
      e.keep("slope", gradient(loss, in));
      e.run();
      points.push_back(s);
      graph.push_back(e.number("loss"));
      slope.push_back(e.number("slope"));
      formula.push_back(learner.formula(s, y));
      other.push_back(learner.other(s, y));
      rule.push_back(learner.predict(s) - y);
      constexpr int kPieces = 2000;  // ∫(ỹ − y) ds by the midpoint rule, from the first s to the next one
      for (int k = 0; i > 0 && k < kPieces; ++k)
        area += (learner.predict(s - 0.1 + 0.1 * (k + 0.5) / kPieces) - y) * 0.1 / kPieces;
      integral.push_back(formula.front() + area);
    }
    const std::size_t n = formula.size();
    const Matrix at(1, n, points);
    check.equal(str_cat(learner.name, " loss for s in −3.95 … 4.05, y = ", y), {1, n, formula}, {1, n, graph}, 1e-6,
                {"formula", "graph", at});
    check.equal(learner.text, {1, n, formula}, {1, n, other}, 1e-12, {"first form", "second form", at});
    check.equal("it is ∫(ỹ − y) ds + constant", {1, n, integral}, {1, n, formula}, 1e-4, {"integral", "formula", at});
    check.equal("ℓ′(s) = ỹ − y", {1, n, rule}, {1, n, slope}, 1e-6, {"rule", "graph", at});
  }
}

/// w and b of s = w x + b.
struct Line {
  Matrix w = Matrix(1, 2);
  double b = 0;
};

/// A step of the rule for one point.
Line step_of_rule(const Learner& learner, Line line, const Matrix& x, double y, double eta) {
  const double s = (x * transposed(line.w))(0, 0) + line.b;
  const double change = eta * (y - learner.predict(s));
  return {line.w + change * x, line.b + change};
}

/// Trains by gradient descent on the derived loss, one point at a time, and compares each step with the rule.
Line fit(Check& check, const Learner& learner, const Points& points) {
  Experiment e;
  const Value x = e.input("x", Matrix(1, 2)), y = e.input("y", Matrix(1, 1)), rate = e.input("rate", scalar(0), {1});
  const Value w = e.parameter("w", Matrix(1, 2)), b = e.parameter("b", Matrix(1, 1), {1});
  const auto g = gradient({learner.loss(linear(x, w, b), y)}, {w, b});
  sgd(w, g[0], rate);
  sgd(b, g[1], rate);
  Line line;
  double apart = 0;
  for (int epoch = 0; epoch < kEpochs; ++epoch)
    for (std::size_t i = 0; i < kPoints; ++i) {
      const double eta = 0.1 / (1 + epoch / 5.0);
      e.set("x", points.x[i]), e.set("y", scalar(points.y[i])), e.set("rate", scalar(eta));
      const Line expected = step_of_rule(learner, line, points.x[i], points.y[i], eta);
      e.run();
      line = {e["w"], e.number("b")};
      apart = std::max({apart, largest(line.w - expected.w), std::abs(line.b - expected.b)});
    }
  check.equal(str_cat(learner.name, ", ", points.name, ": largest distance of (w, b) from the rule in ",
                      kEpochs * static_cast<int>(kPoints), " steps"),
              0, apart, 1e-6, {"limit", "distance"});
  return line;
}

/// Σ over the points of (ỹ − y)(x, 1): 0 where the mean loss is smallest.
Matrix total_gradient(const Learner& learner, const Points& points, const Line& line) {
  Matrix total(1, 3);
  for (std::size_t i = 0; i < kPoints; ++i) {
    const double error = learner.predict(points.side(i, line.w, line.b)) - points.y[i];
    total = total + error * Matrix(1, 3, {points.x[i](0, 0), points.x[i](0, 1), 1});
  }
  return total;
}

void converge(Check& check) {
  const Points separable = make_points("separable data", false), noisy = make_points("noisy data", true);
  Line a[3], b[3];
  for (std::size_t k = 0; k < 3; ++k) a[k] = fit(check, kLearners[k], separable);
  for (std::size_t k = 0; k < 3; ++k) b[k] = fit(check, kLearners[k], noisy);

  title("what they converge to");
  const auto wrong = [](const Points& points, const Line& line) { return points.mistakes(line.w, line.b); };
  for (std::size_t k = 0; k < 3; ++k)
    std::printf("   %-10s mistakes %d separable, %d noisy of %zu\n", kLearners[k].name, wrong(separable, a[k]),
                wrong(noisy, b[k]), kPoints);
  const double stopped = squared_norm(total_gradient(kLearners[0], separable, a[0]));
  check.equal("the perceptron separates and then stops: ‖Σ (ỹ − y)(x, 1)‖²", 0, stopped, 2e-6, {"limit", "learner"});
  check.holds("on noisy data it never stops: some points are wrong", wrong(noisy, b[0]) > 0);
  for (const Points* points : {&separable, &noisy}) {
    const Line& line = (points == &separable ? a : b)[1];
    check.equal(str_cat("Adaline approaches least squares, ", points->name), least_squares(*points),
                Matrix(1, 3, {line.w(0, 0), line.w(0, 1), line.b}), 0.05, {"least squares", "learner"});
  }
  check.equal("the logistic loss has its minimum on noisy data: mean of (ỹ − y)(x, 1)", Matrix(1, 3),
              1.0 / kPoints * total_gradient(kLearners[2], noisy, b[2]), 0.02, {"limit", "learner"});
  check.holds("on separable data it has none: all points are right, and w is longer than on noisy data",
              squared_norm(a[2].w) > 2 * squared_norm(b[2].w) && wrong(separable, a[2]) == 0);
}

/// x₁, x₂, y of each point, and whether the noisy data have another y.
void print_points() {
  const Points clean = make_points("separable data", false), noisy = make_points("noisy data", true);
  title(
      str_cat("the inputs: x₁, x₂, y and the noisy y of ", kPoints, " points; w = 0, b = 0; η = 0.1 / (1 + epoch / 5)")
          .c_str());
  for (std::size_t i = 0; i < kPoints; ++i)
    std::printf("%10.5f%10.5f%5.0f%5.0f%s", clean.x[i](0, 0), clean.x[i](0, 1), clean.y[i], noisy.y[i],
                i % 3 == 2 || i + 1 == kPoints ? "\n" : "  ");
}

}  // namespace

int main(int argc, char** argv) {
  Check check(argc, argv);
  print_points();
  title("the losses");
  for (const auto& learner : kLearners) losses(check, learner);
  title("training");
  converge(check);
  return check.result();
}
