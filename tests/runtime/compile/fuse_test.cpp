#include <backflow/graph/sum.h>
#include <backflow/ops/add.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/tanh.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
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

BOOST_AUTO_TEST_CASE(a_residual_joins_the_convolution_and_the_activation_follows) {
  for (const bool first : {false, true}) {
    Graph g;
    const Value x = g.input("x", {{2, 4, 6, 6}}), y = conv2d(x, {.out = 4, .name = "conv"});
    g.output("y", relu(first ? add(y, x) : add(x, y)));
    const Plan plan = fused(g);
    BOOST_CHECK_EQUAL(names(plan), "conv+sum+relu");
    BOOST_CHECK(plan.nodes[0].in.back() == plan.nodes[0].in.front());
  }
}

BOOST_AUTO_TEST_CASE(a_residual_that_is_made_later_is_waited_for) {
  Graph g;
  const Value x = g.input("x", {{2, 4, 6, 6}}), y = conv2d(x, {.out = 5, .name = "conv"});
  const Value shortcut = conv2d(x, {.out = 5, .name = "shortcut"});
  g.output("y", relu(add(y, tanh(shortcut))));
  BOOST_CHECK_EQUAL(names(fused(g)), "shortcut+tanh conv+sum+relu");
}

BOOST_AUTO_TEST_CASE(what_is_no_residual_of_a_convolution_is_not_fused) {
  const auto nodes = [](const std::function<void(Graph&, Value, Value)>& end) {
    Graph g;
    const Value x = g.input("x", {{2, 4, 6, 6}});
    end(g, x, conv2d(x, {.out = 4, .name = "conv"}));
    return names(fused(g));
  };
  const auto output = [](Graph& g, Value y, const std::string& name = "y") { g.output(name, y); };
  BOOST_CHECK_EQUAL(nodes([&](Graph& g, Value x, Value y) {
                      output(g, y, "conv");
                      output(g, add(y, x));
                    }),
                    "conv sum");
  BOOST_CHECK_EQUAL(nodes([&](Graph& g, Value x, Value y) {
                      const Value s = add(y, x);  // read twice
                      output(g, relu(s));
                      output(g, tanh(s), "z");
                    }),
                    "conv+sum relu tanh");
  BOOST_CHECK_EQUAL(nodes([&](Graph& g, Value x, Value y) {
                      output(g, tanh(y), "z");
                      output(g, add(y, x));
                    }),
                    "conv tanh sum");
  BOOST_CHECK_EQUAL(nodes([&](Graph& g, Value, Value y) { output(g, add(y, y)); }), "conv sum");
  BOOST_CHECK_EQUAL(nodes([&](Graph& g, Value x, Value y) { output(g, sum({y, x, x})); }), "conv sum");
  BOOST_CHECK_EQUAL(nodes([&](Graph& g, Value x, Value y) { output(g, relu(add(relu(y), x))); }),
                    "conv+relu sum relu_2");
  BOOST_CHECK_EQUAL(nodes([&](Graph& g, Value, Value y) {
                      output(g, add(y, g.input("z", {{4, 1, 1}})));
                    }),
                    "conv add");  // repeated, so no residual
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
