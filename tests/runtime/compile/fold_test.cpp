#include <backflow/ops/batch_norm.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/relu.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/distance.h"
#include "tests/support/graphs.h"
#include "tests/support/memory_proof.h"
#include "tests/support/proof.h"
#include "tests/support/run.h"

using namespace backflow;

namespace {

/// Convolutions with batch normalisation behind them, one depthwise and one without bias, and the gradient by x.
void build(Graph& g, bool training = false, bool read_between = false) {
  const Value x = g.input("x", {{3, 8, 18, 17}});
  Value h = conv2d(x, {.out = 32, .kernel = 3, .padding = 1, .name = "one"});
  if (read_between) g.output("between", h);
  h = relu(batch_norm(h, {.training = training, .name = "bn1"}));
  h = conv2d(h, {.out = 32, .kernel = 3, .stride = 2, .groups = 32, .bias = false, .name = "two"});
  h = relu(batch_norm(h, {.training = training, .epsilon = 0.01F, .name = "bn2"}));
  h = batch_norm(conv2d(h, {.out = 20, .name = "three"}), {.training = training, .name = "bn3"});
  g.output("y", h);
  if (!training) g.output("dx", gradient(h, x));
}

std::vector<float> concatenated(const Graph& g, bool frozen, int threads) {
  Store store;
  Scheduler scheduler(threads);
  {
    Flow flow(g, store, scheduler);  // gives everything its first value
    std::uint32_t word = 1;
    for (const char* name : {"bn1", "bn2", "bn3"})
      for (const char* part : {"weight", "bias", "running_mean", "running_var"}) {
        const std::string key = str_cat(name, '.', part);
        Tensor t = store.plain(key);
        for (float& v : t.as()) v = 0.5F + static_cast<float>((word = word * 1664525U + 1013904223U) >> 8) * 0x1p-24F;
        store.assign(key, t);
      }
  }
  if (frozen) store.freeze();
  Flow flow(g, store, scheduler);
  const auto values = proof::detail::random_cotangent({3, 8, 18, 17});
  std::copy(values.begin(), values.end(), flow.input("x").as().begin());
  flow.run();
  std::vector<float> result;
  for (const char* name : {"y", "dx"}) {
    const auto v = flow.output(name);
    result.insert(result.end(), v.begin(), v.end());
  }
  return result;
}

std::ptrdiff_t batch_norms(const Plan& plan) {
  return std::count_if(plan.nodes.begin(), plan.nodes.end(),
                       [](const PlanNode& n) { return n.op->kind().starts_with("batch_norm"); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fold_)

BOOST_AUTO_TEST_CASE(folded_batch_normalisation_computes_what_the_unfolded_does) {
  Graph g;
  build(g);
  const auto folded = concatenated(g, true, 1), unfolded = concatenated(g, false, 1);
  double error = 0, size = 0;
  for (std::size_t i = 0; i < folded.size(); ++i) {
    error += std::pow(folded[i] - unfolded[i], 2);
    size += std::pow(unfolded[i], 2);
  }
  BOOST_CHECK_GT(size, 1);
  BOOST_CHECK_LT(std::sqrt(error / size), 1e-5);
  for (const int threads : {2, 4, 8}) BOOST_CHECK(concatenated(g, true, threads) == folded);
}

BOOST_AUTO_TEST_CASE(nothing_of_it_is_left_in_the_step) {
  Graph g;
  build(g);
  const Plan frozen = compile(g, {}, {.frozen = true});
  BOOST_CHECK_EQUAL(batch_norms(frozen), 0);
  BOOST_CHECK_EQUAL(batch_norms(compile(g, {})), 6);
  BOOST_CHECK(memory_proof::violations(frozen).empty());
  const auto forms = std::count_if(frozen.once.begin(), frozen.once.end(),
                                   [](const PlanNode& n) { return n.op->kind() == "batch_norm_weights"; });
  BOOST_CHECK_EQUAL(forms, 3);  // forward and gradient read the same
}

/// Behind no convolution, and before one with nothing between: neither it nor its gradient can go into that.
BOOST_AUTO_TEST_CASE(a_convolution_that_reads_normalised_channels_scales_its_own_alone) {
  Graph g;
  const Value x = g.input("x", {{3, 8, 18, 17}});
  Value h = batch_norm(x, {.training = false, .name = "bn1"});
  h = batch_norm(conv2d(h, {.out = 12, .kernel = 3, .name = "one"}), {.training = false, .name = "bn2"});
  h = batch_norm(conv2d(h, {.out = 20, .kernel = 3, .name = "two"}), {.training = false, .name = "bn3"});
  g.output("y", h);
  g.output("dx", gradient(h, x));
  const auto folded = concatenated(g, true, 1), unfolded = concatenated(g, false, 1);
  double error = 0, size = 0;
  for (std::size_t i = 0; i < folded.size(); ++i) {
    error += std::pow(folded[i] - unfolded[i], 2);
    size += std::pow(unfolded[i], 2);
  }
  BOOST_CHECK_LT(std::sqrt(error / size), 1e-5);
}

BOOST_AUTO_TEST_CASE(what_somebody_else_reads_or_training_computes_stays) {
  Graph training, read;
  build(training, true);
  build(read, false, true);
  BOOST_CHECK_EQUAL(batch_norms(compile(training, {}, {.frozen = true})), batch_norms(compile(training, {})));
  BOOST_CHECK_EQUAL(batch_norms(compile(read, {}, {.frozen = true})), 1);
}

BOOST_AUTO_TEST_CASE(constants_are_folded_as_frozen_values_are_and_known_by_their_numbers) {
  const auto build = [](Graph& g, float mean, bool fold) {
    const Value x = g.input("x", {{2, 3, 9, 8}});
    const auto constant = [&](const char* name, std::vector<float> v) {
      return g.constant(name, {{4}}, from_values(v));
    };
    Value h = conv2d(x, g.constant("w", {{4, 3, 3, 3}}, normal(0, 0.3F)), Value{}, {.padding = 1, .name = "conv"});
    if (!fold) g.output("between", h);
    h = batch_norm(h, {constant("scale", {1, 2, -1, 0.5F}), constant("shift", {0, 1, 2, 3}),
                       constant("mean", {mean, 1, 0, -1}), constant("variance", {1, 2, 3, 4})});
    g.output("y", relu(h));
    g.output("dx", gradient(h, x));
  };
  Store store;
  store.freeze();
  Scheduler scheduler(2);
  for (const float mean : {0.0F, 5.0F}) {  // one store, names that occur twice
    std::vector<std::vector<float>> results;
    for (const bool fold : {true, false}) {
      Graph g;
      build(g, mean, fold);
      BOOST_CHECK_EQUAL(batch_norms(compile(g, {}, {.frozen = true})), fold ? 0 : 1);
      Flow flow(g, store, scheduler);
      const auto values = proof::detail::random_cotangent({2, 3, 9, 8});
      std::copy(values.begin(), values.end(), flow.input("x").as().begin());
      flow.run();
      results.emplace_back(flow.output("y").begin(), flow.output("y").end());
      results.back().insert(results.back().end(), flow.output("dx").begin(), flow.output("dx").end());
    }
    BOOST_CHECK_LT(relative_distance(results[0], results[1]), 1e-6);
  }
}

BOOST_AUTO_TEST_SUITE_END()
