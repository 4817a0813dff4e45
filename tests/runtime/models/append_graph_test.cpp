#include <backflow/runtime/models/append_graph.h>

#include <backflow/graph/gradient.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/relu.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::models;

namespace {

/// y = relu(x · w), w one number.
void build(Graph& g) {
  const Value x = g.input("x", {{1, 2}});
  g.output("ignored", relu(multiply(x, g.parameter("w", {{1, 1}}, filled(2)), "product"), "y"));
}

std::vector<std::string> names(const Graph& g) {
  std::vector<std::string> result;
  for (std::size_t n = 0; n < g.size(); ++n) result.push_back(g.node(n).name);
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(append_graph_)

BOOST_AUTO_TEST_CASE(nodes_and_parameters_get_the_prefix_and_inputs_become_the_given_values) {
  Graph from, to;
  build(from);
  const Value x = to.input("pixels", {{1, 2}});
  const auto became = append_graph(to, from, {{"x", x}}, "net/");
  BOOST_TEST(names(to) == (std::vector<std::string>{"pixels", "net/w", "net/product", "net/y"}),
             boost::test_tools::per_element());
  BOOST_REQUIRE_EQUAL(became.size(), from.size());
  BOOST_CHECK_EQUAL(became[0][0].node, x.node);
  BOOST_CHECK(to.outputs().empty());
}

BOOST_AUTO_TEST_CASE(nodes_keep_their_roles) {
  Graph from, to;
  const Value x = from.input("x", {{1, 2}});
  {
    const RoleScope updates(from, Role::update, "");
    relu(x, "y");
  }
  const auto became = append_graph(to, from, {{"x", to.input("x", {{1, 2}})}}, "");
  BOOST_CHECK(to.node(became[1][0]).role == Role::update);
}

BOOST_AUTO_TEST_CASE(a_second_copy_shares_the_parameters_of_its_prefix_alone) {
  Graph from, to;
  build(from);
  const Value x = to.input("x", {{1, 2}});
  const auto first = append_graph(to, from, {{"x", x}}, "a/"), second = append_graph(to, from, {{"x", x}}, "a/"),
             other = append_graph(to, from, {{"x", x}}, "b/");
  BOOST_CHECK_EQUAL(first[1][0].node, second[1][0].node);
  BOOST_CHECK_NE(first[1][0].node, other[1][0].node);
  BOOST_CHECK_NE(first[3][0].node, second[3][0].node);
}

BOOST_AUTO_TEST_CASE(what_was_appended_computes_and_has_gradients_like_the_original) {
  Graph from, to;
  build(from);
  const Value x = to.input("x", {{1, 2}});
  const Value once = append_graph(to, from, {{"x", x}}, "a/").back()[0];
  const Value twice = append_graph(to, from, {{"x", once}}, "b/").back()[0];
  to.output("y", twice);
  to.output("dx", gradient(twice, x));
  Store store;
  Scheduler scheduler(1);
  Flow flow(to, store, scheduler);
  flow.input("x").as()[0] = 3;
  flow.input("x").as()[1] = -3;
  flow.run();
  BOOST_CHECK_EQUAL(flow.output("y")[0], 12);
  BOOST_CHECK_EQUAL(flow.output("y")[1], 0);
  BOOST_CHECK_EQUAL(flow.output("dx")[0], 4);
  BOOST_CHECK_EQUAL(flow.output("dx")[1], 0);
}

BOOST_AUTO_TEST_CASE(an_input_without_a_value_is_an_error) {
  Graph from, to;
  build(from);
  CHECK_FAILS(append_graph(to, from, {}, ""), "[append_graph] input 'x' is given no value");
}

BOOST_AUTO_TEST_SUITE_END()
