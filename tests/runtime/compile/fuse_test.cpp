#include "ops/tanh.h"
#include "runtime/flow.h"
#include "tests/support/graphs.h"
#include "tests/support/test.h"

using namespace backflow;
using graphs::names;

namespace {

Value layer(Graph& g) { return linear(g.input("x", {{4, 3}}), {.out = 5, .name = "fc"}); }

Plan fused(const Graph& g) { return fuse(prune(g)); }

std::vector<float> run(const Graph& g) {
  Store store(3);
  Scheduler scheduler(1);
  Flow flow(g, store, scheduler);
  float x = -1;
  for (float& v : flow.input("x").as()) v = x += 0.2F;
  flow.run();
  const auto y = flow.output("y");
  return {y.begin(), y.end()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fuse_)

BOOST_AUTO_TEST_CASE(an_activation_joins_the_layer_before_it) {
  Graph g;
  g.output("y", relu(layer(g)));
  const Plan plan = fused(g);
  BOOST_CHECK_EQUAL(names(plan), "fc+relu");
  BOOST_CHECK_EQUAL(plan.nodes[0].op->kind(), "linear+relu");
  BOOST_CHECK_EQUAL(plan.nodes[0].out[0], plan.outputs.at("y"));
}

BOOST_AUTO_TEST_CASE(a_value_that_somebody_else_reads_is_not_fused_away) {
  Graph twice, output;
  const Value h = layer(twice);
  twice.output("y", relu(h));
  twice.output("z", tanh(h));
  BOOST_CHECK_EQUAL(names(fused(twice)), "fc relu tanh");
  const Value y = layer(output);
  output.output("h", y);
  output.output("y", relu(y));
  BOOST_CHECK_EQUAL(names(fused(output)), "fc relu");
}

BOOST_AUTO_TEST_CASE(a_node_takes_one_activation) {
  Graph g;
  g.output("y", tanh(relu(layer(g))));
  BOOST_CHECK_EQUAL(names(fused(g)), "fc+relu tanh");
}

BOOST_AUTO_TEST_CASE(a_fused_node_computes_the_same_bits) {
  Graph one, two;
  one.output("y", relu(layer(one)));
  const Value h = layer(two);
  two.output("h", h);
  two.output("y", relu(h));
  BOOST_CHECK(run(one) == run(two));
}

BOOST_AUTO_TEST_CASE(training_can_be_fused_because_the_gradient_comes_from_the_output) {
  Graph g;
  graphs::mlp_step(g, 4, {3, 5, 2});
  BOOST_CHECK(names(fused(g)).starts_with("fc1+relu fc2 softmax_cross_entropy "));
}

BOOST_AUTO_TEST_SUITE_END()
