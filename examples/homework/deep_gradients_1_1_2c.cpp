// Question 1.1.2 (c): how gradients survive in a deep network with ReLU, tanh or σ in its hidden layers. A table and a
// plot of ‖∂C/∂s⁽¹⁾‖ over depth, and the bounds of docs/theory.md.
#include <array>
#include <numeric>

#include <backflow/graph/gradient.h>
#include <backflow/ops/bce_with_logits.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/sigmoid.h>
#include <backflow/ops/tanh.h>
#include "examples/homework/check.h"
#include "examples/homework/experiment.h"
#include "examples/homework/plot.h"

using namespace backflow;
using namespace backflow::homework;

namespace {

constexpr std::size_t kWidth = 32, kOutputs = 4;

struct Activation {
  const char* name;
  Value (*build)(Value);
  double (*derivative)(double a);  // f′ from f's value
  double most;                     // the largest f′
  double gain;                     // weights are drawn from N(0, gain / width): the usual scale for this f
};
const std::array kActivations{
    Activation{"ReLU", [](Value s) { return relu(s); }, [](double a) { return a > 0 ? 1.0 : 0.0; }, 1, 2},
    Activation{"tanh", [](Value s) { return backflow::tanh(s); }, [](double a) { return 1 - a * a; }, 1, 1},
    Activation{"σ", [](Value s) { return sigmoid(s); }, [](double a) { return a * (1 - a); }, 0.25, 1}};

struct Result {
  Matrix graph, formula;  // ∂C/∂s⁽¹⁾, 1 × width
  double bound;           // ‖ỹ − y‖/K ∏ ‖W‖ ‖D‖
  double factors;         // ∏ ‖D‖: what the activations contribute
};

/// N hidden layers with biases from N(0, deviation²), σ and cross-entropy on top in one, so that
/// the derivative of σ really cancels; one data point.
Result one_network(const Activation& f, int depth, double stddev, std::uint64_t seed) {
  Experiment e;
  std::vector<Matrix> weights;
  Value a = e.input("x", random_matrix(1, kWidth, seed)), s, s1;
  for (int l = 1; l <= depth + 1; ++l) {
    const std::size_t out = l <= depth ? kWidth : kOutputs;
    const std::uint64_t draw = seed * 1000 + static_cast<unsigned>(2 * l);
    weights.push_back(std::sqrt(f.gain / kWidth) * random_matrix(out, kWidth, draw));
    const Matrix bias = (l <= depth ? stddev : 0) * random_matrix(1, out, draw + 1);
    s = linear(a, e.input(str_cat("W", l), weights.back()),
               e.input(str_cat("b", l), bias, {static_cast<std::int64_t>(out)}));
    if (l == 1) s1 = s;
    if (l <= depth) a = e.keep(str_cat("a", l), f.build(s));
  }
  e.keep("y~", sigmoid(s));
  const Matrix y(1, kOutputs, {1, 0, 1, 0});
  e.keep("dC/ds1", gradient(bce_with_logits(s, e.input("y", y)), s1));
  e.run();

  const Matrix error = e["y~"] - y;
  Result r{e["dC/ds1"], 1.0 / kOutputs * error, std::sqrt(squared_norm(error)) / kOutputs, 1};
  for (int l = depth; l >= 1; --l) {
    const Matrix d = map(e[str_cat("a", l)], f.derivative);  // the diagonal of D⁽ˡ⁾
    const double largest = *std::max_element(d.values().begin(), d.values().end());
    const Matrix& w = weights[static_cast<std::size_t>(l)];  // W⁽ˡ⁺¹⁾
    r.formula = r.formula * w * diagonal(d);
    r.bound *= spectral_norm(w) * largest;
    r.factors *= largest;
  }
  return r;
}

void derivatives(Check& check) {
  title("f′ on a grid, by the graph");
  Matrix s(1, 401);
  for (std::size_t i = 0; i < 401; ++i) s(0, i) = (static_cast<double>(i) - 200) / 20;
  for (const auto& f : kActivations) {
    Experiment e;
    const Value in = e.input("s", s);
    const Value a = e.keep("a", f.build(in));
    e.keep("f'", gradient(a, in));
    e.run();
    const Matrix slopes = e["f'"];
    check.equal(str_cat(f.name, "′ from −10 to 10"), map(e["a"], f.derivative), slopes, 2e-6, {"formula", "graph", s});
    const auto [low, high] = std::minmax_element(slopes.values().begin(), slopes.values().end());
    check.holds(str_cat("0 ≤ ", f.name, "′ ≤ ", f.most, ", which it reaches"), *low >= 0 && *high == f.most);
    if (f.gain == 2)
      check.holds("ReLU′ is 0 or 1", std::all_of(slopes.values().begin(), slopes.values().end(),
                                                 [](double v) { return v == 0 || v == 1; }));
  }
}

/// How far the networks are from the formulas: the largest ratios found.
struct Extremes {
  double apart = 0, above_bound = 0, above_quarter = 0;
};

/// A table of ‖∂C/∂s⁽¹⁾‖ over depth; a curve for each activation.
std::vector<Curve> table(const char* biases, double stddev, Extremes& extremes) {
  title(str_cat("‖∂C/∂s¹‖ with ", biases, ", geometric mean of 8 networks of width 32").c_str());
  std::printf("   depth      ReLU      tanh         σ\n");
  std::vector<Curve> curves;
  for (const auto& f : kActivations) curves.push_back({str_cat(f.name, ", ", biases), {}, {}});
  for (int depth : {2, 4, 8, 16, 32}) {
    std::printf("   %5d", depth);
    for (std::size_t k = 0; k < kActivations.size(); ++k) {
      double logs = 0;
      for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        const Result r = one_network(kActivations[k], depth, stddev, seed);
        const double norm = std::sqrt(squared_norm(r.graph));
        logs += std::log(norm) / 8;
        extremes.apart = std::max(extremes.apart, std::sqrt(squared_norm(r.graph - r.formula)) / norm);
        extremes.above_bound = std::max(extremes.above_bound, norm / r.bound);
        if (kActivations[k].most == 0.25)
          extremes.above_quarter = std::max(extremes.above_quarter, r.factors / std::pow(0.25, depth));
      }
      std::printf("%10.1e", std::exp(logs));
      curves[k].x.push_back(depth);
      curves[k].y.push_back(std::exp(logs));
    }
    std::printf("\n");
  }
  return curves;
}

}  // namespace

int main(int argc, char** argv) {
  Check check(argc, argv);
  title("the inputs");
  std::printf("  x and W from N(0, 1), W times √(gain / 32); gain 2 for ReLU, 1 for tanh and σ; seeds 1 … 8\n");
  Check::given("y", {1, kOutputs, {1, 0, 1, 0}});
  derivatives(check);
  Extremes extremes;
  auto curves = table("no biases", 0, extremes);
  for (auto& curve : table("biases from N(0, 9)", 3, extremes)) curves.push_back(std::move(curve));

  title("the formulas");
  check.equal("∂C/∂s¹ = (ỹ − y)ᵀ/K W D W D …: largest relative distance", 0, extremes.apart, 1e-4,
              {"limit", "distance"});
  check.holds("‖∂C/∂s¹‖ ≤ ‖ỹ − y‖/K ∏ ‖W‖ ‖D‖ for every network", extremes.above_bound <= 1 + 1e-5);
  check.holds("∏ ‖D‖ ≤ 4⁻ᴺ with σ in the hidden layers", extremes.above_quarter <= 1 + 1e-5);
  const auto kept = [&](std::size_t k) { return curves[k].y.back() / curves[k].y.front(); };
  check.holds("from 2 to 32 layers, σ loses the gradient in any case", kept(2) < 1e-10 && kept(5) < 1e-10);
  check.holds("tanh keeps it while its units are not saturated, else loses it", kept(1) > 1e-2 && kept(4) < 1e-4);
  check.holds("ReLU keeps it, however large the inputs of its units are", kept(0) > 1e-2 && kept(3) > 1e-2);
  plot("deep_gradients_1_1_2c",
       "set logscale xy\nset xtics (2, 4, 8, 16, 32)\nset xlabel 'hidden layers'\nset ylabel '|dC/ds_1|'\n"
       "set format y '10^{%T}'\nset key bottom left\n",
       curves, "linespoints linewidth 2 pointtype 7");
  return check.result();
}
