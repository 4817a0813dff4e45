// Proves an update op: several steps from a graph, compared with the same steps in double, at 1, 2 and 4 threads.
#pragma once

#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <backflow/graph/graph.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/test.h"

namespace backflow::proof {

constexpr int kSteps = 6;

/// Appends the update of `w` by `g`; `rate` and `step` are values of shape [1].
using UpdateBuilder = std::function<void(Value w, Value g, Value rate, Value step)>;

/// One step in double: w and the states, zero at first, are changed in place.
using UpdateReference = std::function<void(double& w, std::vector<double>& states, double g, double rate, int step)>;

struct UpdateCase {
  Shape shape;
  std::vector<std::string> states;  // of the parameter: "momentum", …
};

namespace detail {

inline float gradient_at(std::mt19937& engine) { return std::normal_distribution<float>()(engine); }
inline float rate_at(int step) { return 0.1F / static_cast<float>(step); }

using Tensors = std::map<std::string, std::vector<float>>;

/// Parameter and states after kSteps steps.
inline Tensors run_updates(const UpdateCase& c, const UpdateBuilder& build, int threads) {
  Graph g;
  const Value w = g.parameter("w", {c.shape}, normal(0, 1));
  build(w, g.input("g", {c.shape}), g.input("rate", {{1}}), g.input("step", {{1}}));
  Store store;
  Scheduler scheduler(threads);
  Flow flow(g, store, scheduler);
  std::mt19937 engine(1);
  for (int step = 1; step <= kSteps; ++step) {
    for (float& x : flow.input("g").as()) x = gradient_at(engine);
    flow.input("rate").as()[0] = rate_at(step);
    if (flow.has_input("step")) flow.input("step").as()[0] = static_cast<float>(step);
    flow.run();
  }
  Tensors result;
  for (const auto& [name, tensor] : store.tensors()) {
    const Tensor plain = store.plain(name);
    result[name].assign(plain.as().begin(), plain.as().end());
  }
  return result;
}

}  // namespace detail

inline void prove_update(const std::string& name, const UpdateCase& c, const UpdateBuilder& build,
                         const UpdateReference& reference) {
  const auto got = detail::run_updates(c, build, 1);
  const auto n = static_cast<std::size_t>(elements(c.shape));
  const Tensor first = draw("w", {c.shape}, normal(0, 1), Store().seed());
  std::vector<double> w(first.as().begin(), first.as().end());
  std::vector<std::vector<double>> states(n, std::vector<double>(c.states.size()));
  std::mt19937 engine(1);
  for (int step = 1; step <= kSteps; ++step)
    for (std::size_t i = 0; i < n; ++i)
      reference(w[i], states[i], detail::gradient_at(engine), detail::rate_at(step), step);

  int shown = 0;
  auto check = [&](const std::string& what, std::size_t i, double expected, float is) {
    const bool close = std::abs(expected - is) <= 2e-6 * (1 + std::abs(expected));
    if (!close && ++shown > 5) return;
    BOOST_CHECK_MESSAGE(close, name << " " << what << " at index " << i << ": expected " << expected << ", got " << is);
  };
  BOOST_REQUIRE_EQUAL(got.size(), 1 + c.states.size());
  for (std::size_t i = 0; i < n; ++i) {
    check("parameter", i, w[i], got.at("w")[i]);
    for (std::size_t s = 0; s < c.states.size(); ++s)
      check(c.states[s], i, states[i][s], got.at("w." + c.states[s])[i]);
  }
  for (int threads : {2, 4})
    BOOST_CHECK_MESSAGE(detail::run_updates(c, build, threads) == got,
                        name << " has other bits with " << threads << " threads");
}

}  // namespace backflow::proof
