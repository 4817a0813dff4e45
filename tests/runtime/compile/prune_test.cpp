#include <backflow/ops/tanh.h>
#include "tests/support/graphs.h"
#include "tests/support/test.h"

using namespace backflow;
using graphs::names;
using graphs::value;

BOOST_AUTO_TEST_SUITE(prune_)

BOOST_AUTO_TEST_CASE(what_no_output_needs_is_left_out) {
  Graph g;
  const Value x = g.input("x", {{2, 3}}), unused = g.input("unused", {{2}});
  const Value y = relu(x);
  tanh(y);
  relu(unused);
  g.output("y", y);
  const Plan plan = prune(g);
  BOOST_CHECK_EQUAL(names(plan), "relu");
  BOOST_CHECK_EQUAL(plan.values.size(), 2);
  CHECK_FAILS(value(plan, "unused"), "no value unused");
}

BOOST_AUTO_TEST_CASE(updates_are_needed_without_being_outputs) {
  Graph g;
  const Value w = g.parameter("w", {{3}}, zeros());
  sgd(w, tanh(w), g.input("lr", {{1}}), {.momentum = 0.5F});
  const Plan plan = prune(g);
  BOOST_CHECK_EQUAL(names(plan), "tanh w.sgd_momentum");
  BOOST_CHECK(value(plan, "w.momentum").leaf == Leaf::state);
}

BOOST_AUTO_TEST_CASE(an_update_lies_in_the_memory_that_it_overwrites) {
  Graph g;
  const Value w = g.parameter("w", {{3}}, zeros());
  sgd(w, tanh(w), g.input("lr", {{1}}), {.momentum = 0.5F});
  const Plan plan = prune(g);
  const auto name_of_overwritten = [&](const std::string& name) {
    return plan.values[value(plan, name).overwritten.value()].name;
  };
  BOOST_CHECK_EQUAL(name_of_overwritten("w.sgd_momentum:0"), "w");
  BOOST_CHECK_EQUAL(name_of_overwritten("w.sgd_momentum:1"), "w.momentum");
}

BOOST_AUTO_TEST_CASE(outputs_are_kept) {
  Graph g;
  const Value y = relu(g.input("x", {{2}}));
  g.output("y", y);
  g.output("z", tanh(y));
  const Plan plan = prune(g);
  BOOST_CHECK_EQUAL(plan.values[plan.outputs.at("y")].name, "relu");
  BOOST_CHECK(value(plan, "relu").kept && value(plan, "tanh").kept && !value(plan, "x").kept);
}

BOOST_AUTO_TEST_CASE(nobody_can_read_what_an_update_has_overwritten) {
  Graph g;
  const Value w = g.parameter("w", {{3}}, zeros()), rate = g.input("lr", {{1}});
  const Value updated = sgd(w, tanh(w), rate);
  g.output("new", relu(updated));
  BOOST_CHECK_EQUAL(names(prune(g)), "tanh w.sgd relu");
  g.output("old", relu(w, "late"));
  CHECK_FAILS(prune(g), "[late] reads 'w', which 'w.sgd' has overwritten by then");
  Graph twice;
  const Value v = twice.parameter("v", {{3}}, zeros());
  sgd(v, v, twice.input("lr", {{1}}));
  CHECK_FAILS(prune(twice), "[v.sgd] overwrites 'v' and reads it twice");
}

BOOST_AUTO_TEST_SUITE_END()
