#include <backflow/graph/sum.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/graphs.h"
#include "tests/support/memory_proof.h"
#include "tests/support/test.h"

using namespace backflow;
using graphs::probe;
using graphs::value;

namespace {

Value chain(Graph& g, int length) {
  Value h = g.input("x", {{40, 8}});
  for (int i = 0; i < length; ++i) h = probe(h, nullptr, str_cat("h", i), 60'000);
  return h;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(local_)

BOOST_AUTO_TEST_CASE(a_weight_gradient_that_its_update_follows_is_local) {
  for (std::int64_t batch : {1, 128}) {
    Graph g;
    graphs::mlp_step(g, batch, {784, 256, 256, 10});
    const Plan plan = compile(g, {});
    BOOST_CHECK(value(plan, "fc1.linear_weight_gradient").local);
    BOOST_CHECK_LE(plan.local_bytes, 256 << 10);
    BOOST_CHECK_LT(plan.arena_bytes, 4 * 784 * 256 + 4 * 128 * 256 * 4);
  }
}

BOOST_AUTO_TEST_CASE(a_block_holds_one_tile_at_a_time) {
  Graph g;
  g.output("y", chain(g, 4));
  const Plan plan = compile(g, {});
  BOOST_CHECK(value(plan, "h0").local && !value(plan, "h1").local && value(plan, "h2").local);
  BOOST_CHECK(!value(plan, "h3").local);  // read after the run
}

BOOST_AUTO_TEST_CASE(what_is_read_for_long_gives_way_to_what_is_read_at_once) {
  Graph g;
  const Value long_lived = probe(g.input("x", {{1, 8}}), nullptr, "long_lived");
  std::vector<Value> results;
  for (int i = 0; i < 3; ++i) results.push_back(probe(probe(long_lived, nullptr, str_cat("short", i)), nullptr));
  g.output("y", sum(results));
  const Plan plan = compile(g, {});
  BOOST_CHECK(!value(plan, "long_lived").local);
  for (int i = 0; i < 3; ++i) BOOST_CHECK(value(plan, str_cat("short", i)).local);
}

BOOST_AUTO_TEST_CASE(what_two_tasks_touch_is_not_local) {
  Graph g;
  const Value h = probe(g.input("x", {{1, 8}}), nullptr, "h", 60'000);
  g.output("y", sum({probe(h, nullptr, "a", 60'000), probe(h, nullptr, "b", 60'000)}));
  BOOST_CHECK(!value(compile(g, {}), "h").local);
}

BOOST_AUTO_TEST_CASE(the_checker_sees_a_local_value_that_is_not) {
  Graph g;
  g.output("y", chain(g, 4));
  Plan plan = compile(g, {});
  for (PlanValue& v : plan.values)
    if (v.name == "h1") v.local = true;
  BOOST_CHECK(memory_proof::violations(plan).contains("h1 (h0) must not share memory inside a tile"));
  plan.local_bytes = 1;
  BOOST_CHECK(memory_proof::violations(plan).contains("h0 (h0) does not fit"));
}

BOOST_AUTO_TEST_CASE(local_values_arrive_at_any_number_of_threads) {
  for (int threads : {1, 2, 4, 8}) {
    Graph g;
    g.output("y", chain(g, 5));
    Store store;
    Scheduler scheduler(threads);
    Flow flow(g, store, scheduler);
    for (int step = 0; step < 20; ++step) {
      float next = static_cast<float>(step);
      for (float& x : flow.input("x").as()) x = next += 1;
      flow.run();
      const auto y = flow.output("y");
      const auto x = flow.input("x").as();
      BOOST_REQUIRE(std::equal(y.begin(), y.end(), x.begin()));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
