#include <backflow/ops/onednn/activation.h>

#include <cmath>

#include <backflow/graph/gradient.h>
#include <backflow/ops/clip.h>
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

BOOST_AUTO_TEST_CASE(a_clamp_follows_each_part_of_a_layer_that_is_cut_by_its_weights) {
  Graph g;
  const Value x = g.input("x", {{3, 800}}), s = linear(x, {.out = 701, .name = "fc"});
  g.output("relu", relu(s));
  Graph separate;
  separate.output("s", linear(separate.input("x", {{3, 800}}), {.out = 701, .name = "fc"}));
  std::vector<float> values(2400);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i));
  auto expected = outputs_of(separate, {{"x", values}}).at("s");
  for (float& y : expected) y = std::max(y, 0.0F);
  for (const int threads : {1, 2, 4}) BOOST_CHECK(outputs_of(g, {{"x", values}}, threads).at("relu") == expected);
}

BOOST_AUTO_TEST_CASE(a_nan_goes_through_clamps_and_back_as_in_pytorch) {
  struct Case {
    Value (*of)(Value);
    float slope;  // of the gradient
  };
  const Case cases[] = {{[](Value x) { return relu(x); }, 1},
                        {[](Value x) { return relu6(x); }, 1},
                        {[](Value x) { return leaky_relu(x, {.slope = 0}); }, 1},
                        {[](Value x) { return clip(x, {.low = 0, .high = 1}); }, 0}};
  for (const float nan : {NAN, -NAN})
    for (const Case& c : cases) {
      std::vector<float> values(75);  // four vectors of sixteen and a rest
      for (std::size_t i = 0; i < values.size(); ++i) values[i] = i % 3 == 0 ? nan : i % 3 == 1 ? -8.0F : 8.0F;
      Graph g;
      const Value x = g.input("x", {{75}}), y = c.of(x);
      g.output("y", y);
      g.output("dx", gradient({y}, {x}, {g.constant("dy", {{75}}, filled(1))})[0]);
      const auto out = outputs_of(g, {{"x", values}});
      for (std::size_t i = 0; i < values.size(); ++i) BOOST_TEST(std::isnan(out.at("y")[i]) == (i % 3 == 0));
      for (std::size_t i = 0; i < values.size(); i += 3) BOOST_TEST(out.at("dx")[i] == c.slope);
    }
}

BOOST_AUTO_TEST_SUITE_END()
