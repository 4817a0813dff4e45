#include <backflow/graph/gradient.h>
#include <backflow/ops/concat.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/tanh.h>
#include "tests/support/graphs.h"
#include "tests/support/test.h"

using namespace backflow;
using graphs::names;

namespace {

Plan sunk(bool rectified, bool kept) {
  Graph g;
  const Value x = g.input("x", {{2, 3}}), a = relu(scale(x, 2), "a");
  const Value b = rectified ? relu(scale(x, 3), "b") : tanh(scale(x, 3), "b");
  const Value y = scale(concat({a, b}, {.axis = 1}), 4);
  const auto d = gradient({y}, {x, a});
  g.output("y", y);
  g.output("dx", d[0]);
  if (kept) g.output("da", d[1]);
  return sink_mask(prune(g));
}

int count(const Plan& plan, const std::string& kind) {
  int n = 0;
  for (const PlanNode& node : plan.nodes) n += node.op->kind() == kind;
  return n;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lift_)

BOOST_AUTO_TEST_CASE(the_whole_gradient_goes_through_one_relu) {
  const Plan plan = sunk(true, false);
  BOOST_CHECK_EQUAL(count(plan, "relu_gradient"), 1);
  BOOST_CHECK_EQUAL(count(plan, "slice"), 2);
  std::size_t relu = 0, slice = 0;
  for (std::size_t n = 0; n < plan.nodes.size(); ++n) {
    if (plan.nodes[n].op->kind() == "relu_gradient") relu = n;
    if (plan.nodes[n].op->kind() == "slice" && slice == 0) slice = n;
  }
  BOOST_CHECK_LT(relu, slice);
}

BOOST_AUTO_TEST_CASE(parts_that_go_elsewhere_stay) {
  BOOST_CHECK_EQUAL(count(sunk(false, false), "relu_gradient"), 1);
  BOOST_CHECK_EQUAL(count(sunk(true, true), "relu_gradient"), 2);
}

BOOST_AUTO_TEST_SUITE_END()
