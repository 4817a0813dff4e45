#include <backflow/ops/onednn/activation.h>

#include <backflow/graph/gradient.h>
#include <backflow/ops/elu.h>
#include <backflow/ops/gelu.h>
#include <backflow/ops/leaky_relu.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/relu6.h>
#include <backflow/ops/tanh.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/run.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

struct Result {
  std::size_t nodes;
  std::vector<float> y, dx;
};

/// A linear layer and an activation; with `keep`, the layer's own output is read too, so nothing can be fused.
Result run(Value (*activation)(Value), bool keep) {
  Graph g;
  const Value x = g.input("x", {{4, 3}});
  const Value s = linear(x, {.out = 5, .name = "fc"});
  const Value y = activation(s);
  g.output("y", y);
  g.output("dx", gradient(y, x));
  if (keep) g.output("s", s);
  const std::vector<float> values{-2, 1, 0.5F, 4, -3, 2, 0, -1, 7, 20, -9, 3};
  auto out = outputs_of(g, {{"x", values}});
  Store store;
  Scheduler scheduler(1);
  return {Flow(g, store, scheduler).nodes(), out["y"], out["dx"]};
}

void check_fused(Value (*activation)(Value), bool fused) {
  const Result together = run(activation, false), apart = run(activation, true);
  BOOST_TEST(together.nodes == apart.nodes - (fused ? 1 : 0));
  BOOST_TEST(together.y == apart.y, boost::test_tools::tolerance(1e-5F) << boost::test_tools::per_element());
  BOOST_TEST(together.dx == apart.dx, boost::test_tools::tolerance(1e-5F) << boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(activation_)

BOOST_AUTO_TEST_CASE(becomes_one_node_with_the_layer_before_when_its_gradient_comes_from_the_output) {
  check_fused([](Value x) { return relu(x); }, true);
  check_fused([](Value x) { return relu6(x); }, true);
  check_fused([](Value x) { return leaky_relu(x, {.slope = 0.3F}); }, true);
  check_fused([](Value x) { return elu(x, {.alpha = 1.5F}); }, true);
  check_fused([](Value x) { return backflow::tanh(x); }, true);
}

BOOST_AUTO_TEST_CASE(stays_a_node_when_its_gradient_needs_the_input) {
  check_fused([](Value x) { return gelu(x); }, false);
}

BOOST_AUTO_TEST_SUITE_END()
