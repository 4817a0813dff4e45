#include <cmath>

#include <backflow/ops/relu.h>
#include <backflow/ops/sigmoid.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/memory_proof.h"
#include "tests/support/random_graph.h"
#include "tests/support/test.h"

using namespace backflow;
using graphs::node;
using graphs::probe;
using graphs::value;

namespace {

void check(const Plan& plan, const std::string& what) {
  for (const std::string& wrong : memory_proof::violations(plan)) BOOST_ERROR(what + ": " + wrong);
}

/// Without values that never leave a task.
Plan all_in_the_arena(const Graph& g) { return memory(schedule(cut(layout(tile(fuse(prune(g))), {})))); }

std::vector<float> run(const Graph& g, int threads) {
  Store store(5);
  Scheduler scheduler(threads);
  Flow flow(g, store, scheduler);
  for (int step = 0; step < 2; ++step) {
    float x = 0;
    for (float& v : flow.input("x").as()) v = std::sin(x += 0.7F);
    flow.run();
  }
  const auto y = flow.output("y");
  return {y.begin(), y.end()};
}

std::size_t temporary_bytes(const Plan& plan) {
  std::size_t total = 0;
  for (const PlanValue& v : plan.values)
    if (v.leaf == Leaf::none && !v.overwritten) total += v.bytes;
  return total;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(memory_)

BOOST_AUTO_TEST_CASE(no_two_values_that_live_at_the_same_time_overlap) {
  for (std::int64_t batch : {1, 33, 128, 300}) {
    Graph g;
    graphs::mlp_step(g, batch, {97, 64, 80, 10});
    check(compile(g, {}), str_cat("mlp at batch ", batch));
  }
}

/// Quadratic passes would take minutes.
BOOST_AUTO_TEST_CASE(a_chain_of_100000_nodes_needs_the_memory_of_two_values) {
  Graph g;
  Value h = g.input("x", {{4, 8}});
  for (int i = 0; i < 50'000; ++i) h = relu(sigmoid(h));
  g.output("y", h);
  const Plan plan = compile(g, {});
  BOOST_CHECK_LE(plan.arena_bytes, 4 * 4 * 8 * 2);
}

BOOST_AUTO_TEST_CASE(a_plan_without_a_schedule_is_refused) {
  Graph g;
  graphs::mlp_step(g, 4, {3, 2});
  CHECK_FAILS(memory(cut(layout(tile(fuse(prune(g))), {}))), "memory() needs schedule() before it");
}

BOOST_AUTO_TEST_CASE(nor_do_those_of_random_graphs) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    Graph g;
    graphs::random_graph(g, seed, 3 + static_cast<int>(seed % 23), seed % 3 == 0 ? 1 : 40, seed % 2 == 0);
    check(compile(g, {}), str_cat("random graph ", seed));
    check(all_in_the_arena(g), str_cat("random graph ", seed, " without local values"));
  }
}

BOOST_AUTO_TEST_CASE(random_graphs_compute_what_they_compute_when_nothing_shares_memory) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    Graph shared, apart;
    graphs::random_graph(shared, seed, 20, 40, false);
    const auto values = graphs::random_graph(apart, seed, 20, 40, false);
    for (std::size_t i = 0; i < values.size(); ++i) apart.output("value" + std::to_string(i), values[i]);
    const auto got = run(shared, 1), expected = run(apart, 1);
    for (std::size_t i = 0; i < got.size(); ++i) {
      const bool close = std::abs(got[i] - expected[i]) <= 1e-5F * (1 + std::abs(expected[i]));
      BOOST_REQUIRE_MESSAGE(close, "graph " << seed << " at " << i << ": " << got[i] << ", not " << expected[i]);
    }
    BOOST_CHECK(run(shared, 4) == got);
  }
}

BOOST_AUTO_TEST_CASE(a_chain_needs_two_places_and_in_place_ops_one) {
  for (bool in_place : {false, true}) {
    Graph g;
    Value h = g.input("x", {{64, 16}});
    for (int i = 0; i < 10; ++i) h = probe(h, nullptr, "", 1000, in_place);
    g.output("y", h);
    const Plan plan = all_in_the_arena(g);
    BOOST_CHECK_EQUAL(plan.arena_bytes, (in_place ? 1 : 2) * 64 * 16 * sizeof(float));
  }
}

BOOST_AUTO_TEST_CASE(an_output_is_never_written_over) {
  Graph g;
  Value h = g.input("x", {{64, 16}});
  for (int i = 0; i < 6; ++i) {
    h = probe(h, nullptr, "", 1000, true);
    g.output("y" + std::to_string(i), h);
  }
  const Plan plan = compile(g, {});
  BOOST_CHECK_EQUAL(plan.arena_bytes, 6 * 64 * 16 * sizeof(float));
  check(plan, "outputs");
}

BOOST_AUTO_TEST_CASE(the_arena_of_a_training_step_is_smaller_than_its_values) {
  Graph g;
  graphs::mlp_step(g, 128, {784, 256, 256, 10});
  const Plan plan = all_in_the_arena(g);
  BOOST_CHECK_LT(plan.arena_bytes, temporary_bytes(plan) * 4 / 5);
  BOOST_CHECK_EQUAL(value(plan, "relu_2.relu_gradient").offset, value(plan, "fc3.linear_data_gradient").offset);
}

BOOST_AUTO_TEST_CASE(every_value_begins_at_a_cache_line) {
  Graph g;
  graphs::mlp_step(g, 33, {97, 64, 80, 10});
  for (const PlanValue& v : compile(g, {}).values) BOOST_CHECK_EQUAL(v.offset % 64, 0);
}

BOOST_AUTO_TEST_CASE(the_checker_sees_a_plan_that_is_wrong) {
  Graph g;
  const Value x = g.input("x", {{4, 4}});
  g.output("y", sum({probe(x, nullptr, "a"), probe(x, nullptr, "b")}));
  Plan plan = all_in_the_arena(g);
  for (PlanValue& v : plan.values)
    if (v.name == "b") v.offset = value(plan, "a").offset;
  const auto wrong = memory_proof::violations(plan);
  BOOST_CHECK(wrong.contains("a (b) can be touched at the same time"));
  BOOST_CHECK(wrong.contains("a (b) is gone when it is read"));
}

BOOST_AUTO_TEST_CASE(a_value_that_is_read_twice_is_not_computed_in_place) {
  Graph g;
  const Value x = g.input("x", {{4, 4}});
  const Value a = probe(x, nullptr, "a"), b = probe(x, nullptr, "b");
  g.output("y", sum({a, b, a}));
  check(compile(g, {}), "sum of one value twice");
  const auto y = run(g, 1);
  for (std::size_t i = 0; i < y.size(); ++i)
    BOOST_CHECK_CLOSE(y[i], 3 * std::sin(0.7F * static_cast<float>(i + 1)), 0.01);
}

BOOST_AUTO_TEST_SUITE_END()
