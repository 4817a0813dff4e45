#include <backflow/ops/leaky_relu.h>

#include "tests/support/activation.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(leaky_relu_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_and_has_its_slope_as_gradient_at_zero) {
  for (float slope : {0.0F, 0.01F, 0.1F, 2.0F})
    proof::prove_activation(
        str_cat("leaky_relu ", slope), [&](Value x) { return leaky_relu(x, {.slope = slope}); },
        [&](auto x) { return proof::real(x) > 0 ? x : static_cast<double>(slope) * x; });
}

BOOST_AUTO_TEST_CASE(needs_a_slope_that_is_not_negative) {
  Graph g;
  CHECK_FAILS(leaky_relu(g.input("x", {{2}}), {.slope = -1}), "[leaky_relu] slope needs to be ≥ 0, got -1");
}

BOOST_AUTO_TEST_SUITE_END()
