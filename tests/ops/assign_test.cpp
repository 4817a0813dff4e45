#include <backflow/ops/assign.h>

#include <backflow/ops/ascend.h>
#include <backflow/ops/scale.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/test.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(assign_)

BOOST_AUTO_TEST_CASE(changes_the_state_before_a_second_update_of_it) {
  Graph g;
  const Value x = g.state("x", {{2, 20000}}, filled(4));
  const Value halved = assign(x, scale(x, .5F));
  g.output("seen", scale(halved, 1));
  ascend(halved, g.input("g", x.spec()), g.input("rate", {{1}}));
  for (int threads : {1, 4}) {
    Store store;
    Scheduler scheduler(threads);
    Flow flow(g, store, scheduler);
    for (float& v : flow.input("g").as()) v = 1;
    flow.input("rate").as()[0] = 1;
    flow.run();
    for (float v : store.at("x").as()) BOOST_REQUIRE_EQUAL(v, 3);
    for (float v : flow.output("seen")) BOOST_REQUIRE_EQUAL(v, 2);
    flow.run();
    for (float v : store.at("x").as()) BOOST_REQUIRE_EQUAL(v, 2.5F);
  }
}

BOOST_AUTO_TEST_CASE(needs_one_shape) {
  Graph g;
  CHECK_FAILS(assign(g.state("x", {{2, 3}}, zeros()), g.input("y", {{3, 2}})),
              "the state has shape [2, 3], the value [3, 2]");
}

BOOST_AUTO_TEST_SUITE_END()
