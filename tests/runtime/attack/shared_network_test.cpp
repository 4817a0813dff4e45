#include <backflow/runtime/attack/shared_network.h>

#include <algorithm>

#include <backflow/ops/batch_norm.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/multiply.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/test.h"

using namespace backflow;

namespace {

/// With a parameter, a state, a constant and an input of its own.
Value small_network(Value x) {
  Graph& g = *x.graph;
  const Value factor = g.constant("factor", {{1}}, filled(2)), other = g.input("other", {{1}});
  const Value h = batch_norm(linear(x, {.out = 4, .name = "fc"}), {.name = "bn"});
  return multiply(multiply(h, factor), other);
}

std::size_t updates_in(const Graph& g) {
  std::size_t count = 0;
  for (std::size_t n = 0; n < g.size(); ++n) count += g.node(n).op && g.node(n).role == Role::update;
  return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(shared_network)

BOOST_AUTO_TEST_CASE(has_the_same_parameters_wherever_it_is_appended) {
  Graph g;
  const Value x = g.input("x", {{3, 5}});
  const attack::SharedNetwork network(small_network, x.spec(), Mode::prediction);
  g.output("first", network.append(x, "one."));
  g.output("second", network.append(x, "two."));
  BOOST_TEST(g.parameters().size() == 4U);
  BOOST_TEST((g.find_leaf("fc.weight") && g.find_leaf("bn.running_mean") && g.find_leaf("other")));
  Store store;
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler);
  std::ranges::fill(flow.input("x").as(), .5F);
  flow.input("other").as()[0] = 3;
  flow.run();
  const auto first = flow.output("first"), second = flow.output("second");
  BOOST_TEST((std::equal(first.begin(), first.end(), second.begin())));
}

BOOST_AUTO_TEST_CASE(updates_statistics_in_training_alone) {
  for (const Mode mode : {Mode::prediction, Mode::training}) {
    Graph g;
    const Value x = g.input("x", {{3, 5}});
    attack::SharedNetwork(small_network, x.spec(), mode).append(x, "");
    BOOST_TEST(updates_in(g) == (mode == Mode::training ? 2U : 0U));
  }
}

BOOST_AUTO_TEST_CASE(is_the_network_itself_under_its_own_names) {
  Graph own, shared;
  own.set_mode(Mode::training);
  own.output("y", small_network(own.input("x", {{3, 5}})));
  const Value x = shared.input("x", {{3, 5}});
  shared.output("y", attack::SharedNetwork(small_network, x.spec(), Mode::training).append(x, ""));
  BOOST_TEST_REQUIRE(own.size() == shared.size());
  for (std::size_t n = 0; n < own.size(); ++n) {
    BOOST_TEST(own.node(n).name == shared.node(n).name);
    BOOST_TEST((own.node(n).role == shared.node(n).role && own.node(n).out == shared.node(n).out));
  }
}

BOOST_AUTO_TEST_SUITE_END()
