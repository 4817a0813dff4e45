#include <backflow/ops/reshape.h>
#include "tests/support/graphs.h"
#include "tests/support/test.h"

using namespace backflow;
using graphs::in_layout;
using graphs::names;
using graphs::value;

namespace {

Plan laid_out(const Graph& g, const std::map<std::string, Layout>& known = {}) {
  return layout(tile(fuse(prune(g))), known);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(layout_)

BOOST_AUTO_TEST_CASE(the_first_reader_of_a_parameter_chooses_its_order) {
  Graph g;
  g.output("y", in_layout(g.parameter("w", {{2, 3}}, zeros()), "ba"));
  const Plan plan = laid_out(g);
  BOOST_CHECK_EQUAL(value(plan, "w").layout.letters(2), "ba");
  BOOST_CHECK_EQUAL(names(plan), "in_layout in_layout.reorder");  // what is read after the run is row-major
  BOOST_CHECK(plan.values[plan.outputs.at("y")].layout.is_plain());
  BOOST_CHECK(plan.values[plan.outputs.at("y")].kept && !value(plan, "in_layout").kept);
}

BOOST_AUTO_TEST_CASE(an_order_that_a_parameter_has_already_stays) {
  Graph g;
  g.output("y", in_layout(g.parameter("w", {{2, 3}}, zeros()), "ba"));
  const Plan plan = laid_out(g, {{"w", Layout()}});
  BOOST_CHECK(value(plan, "w").layout.is_plain());
  BOOST_CHECK_EQUAL(names(plan), "w.reorder in_layout in_layout.reorder");
}

BOOST_AUTO_TEST_CASE(inputs_come_row_major) {
  Graph g;
  g.output("y", in_layout(g.input("x", {{1, 2, 3, 4}}), "acdb"));
  BOOST_CHECK_EQUAL(names(laid_out(g)), "x.reorder in_layout in_layout.reorder");
}

BOOST_AUTO_TEST_CASE(two_readers_of_one_order_share_one_reorder) {
  Graph g;
  const Value x = g.input("x", {{2, 3}});
  g.output("y", in_layout(x, "ba", "first"));
  g.output("z", in_layout(x, "ba", "second"));
  BOOST_CHECK_EQUAL(names(laid_out(g)), "x.reorder first second first.reorder second.reorder");
}

BOOST_AUTO_TEST_CASE(a_reshape_that_moves_nothing_is_a_view) {
  Graph g;
  g.output("y", relu(flatten(reshape(g.input("x", {{2, 12}}), {2, 1, 3, 4}), "flat")));
  g.output("z", flatten(g.input("colours", {{2, 3, 4, 4}})));
  const Plan plan = laid_out(g);
  BOOST_CHECK_EQUAL(names(plan), "relu");
  for (std::size_t v = 0; v < plan.values.size(); ++v)
    if (plan.values[v].name == "flat") BOOST_CHECK_EQUAL(plan.values[plan.base(v)].name, "x");
}

BOOST_AUTO_TEST_CASE(a_reshape_of_another_order_or_of_a_parameter_stays) {
  Graph g;
  const Value image = in_layout(g.input("x", {{1, 2, 3, 4}}), "acdb");
  g.mark_image(image);
  g.output("y", flatten(image));
  g.output("z", reshape(g.parameter("w", {{2, 3}}, zeros()), {6}));
  BOOST_CHECK_EQUAL(names(laid_out(g)), "x.reorder in_layout reshape reshape_2");
}

BOOST_AUTO_TEST_CASE(four_axes_that_are_no_image_are_brought_to_row_major_before_a_reshape) {
  Graph g;
  g.output("y", flatten(in_layout(g.input("x", {{1, 2, 3, 4}}), "acdb")));
  BOOST_CHECK_EQUAL(names(laid_out(g)), "x.reorder in_layout in_layout.reorder");
}

BOOST_AUTO_TEST_CASE(elementwise_nodes_take_the_order_that_comes) {
  Graph g;
  g.output("y", in_layout(relu(in_layout(g.parameter("w", {{2, 3}}, zeros()), "ba", "a")), "ba", "b"));
  BOOST_CHECK_EQUAL(names(laid_out(g)), "a relu b b.reorder");
}

BOOST_AUTO_TEST_CASE(addends_have_the_order_of_their_sum) {
  Graph g;
  graphs::mlp_step(g, 200, {300, 300, 10});
  const Plan plan = laid_out(g);
  for (const PlanNode& n : plan.nodes)
    for (const auto& [output, addends] : n.addends)
      for (std::size_t v : addends) BOOST_CHECK(plan.values[v].layout == plan.values[n.out[output]].layout);
  for (const PlanValue& v : plan.values) BOOST_CHECK(!v.layout.is_any());
}

BOOST_AUTO_TEST_CASE(training_an_mlp_needs_no_reorder) {
  Graph g;
  graphs::mlp_step(g, 64, {20, 30, 10});
  BOOST_CHECK(names(laid_out(g)).find("reorder") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
