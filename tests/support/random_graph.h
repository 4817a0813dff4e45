// Random graphs, from a seed: chains, forks, shared weights, in-place ops, other memory orders, gradients, updates.
#pragma once

#include <cmath>
#include <random>
#include <vector>

#include <backflow/graph/sum.h>
#include <backflow/ops/tanh.h>
#include "tests/support/graphs.h"

namespace backflow::graphs {

/// Appends `nodes` random nodes on an input "x" [rows, 6] and returns the values. With `train` there are gradients and
/// updates too. The same seed makes the same graph.
inline std::vector<Value> random_graph(Graph& g, unsigned seed, int nodes, std::int64_t rows, bool train) {
  std::mt19937 engine(seed);
  auto pick = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine); };
  const Value w = g.parameter("w", {{6, 6}}, xavier_uniform(6, 6)), bias = g.parameter("b", {{6}}, zeros());
  std::vector<Value> values{g.input("x", {{rows, 6}})};
  for (int i = 0; i < nodes; ++i) {
    const Value x = values[values.size() - 1 - pick(std::min<std::size_t>(values.size(), 4))];
    switch (pick(6)) {
      case 0:
        values.push_back(relu(x));
        break;
      case 1:
        values.push_back(sum({x, values[pick(values.size())], values.back()}));
        break;
      case 2:
        values.push_back(probe(x, nullptr, "", 1000.0 * std::pow(10.0, static_cast<double>(pick(4))), pick(2) == 0));
        break;
      case 3:
        values.push_back(linear(x, w, bias));
        break;
      case 4:
        values.push_back(tanh(linear(x, w, Value{})));
        break;
      default:
        values.push_back(train ? relu(x) : in_layout(x, pick(2) == 0 ? "ba" : "ab"));
    }
  }
  g.output("y", values.back());
  if (train) {
    const auto d = gradient({values.back()}, {w, bias});
    const Value rate = g.input("lr", {{1}});
    sgd(w, d[0], rate, {.momentum = 0.5F});
    sgd(bias, d[1], rate);
  }
  return values;
}

}  // namespace backflow::graphs
