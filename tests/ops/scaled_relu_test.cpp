#include <backflow/ops/scaled_relu.h>

#include "tests/support/activation.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(scaled_relu_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (double scale : {3.0, 0.5})
    proof::prove_activation(
        str_cat("scaled_relu ", scale), [&](Value x) { return scaled_relu(x, {.scale = static_cast<float>(scale)}); },
        [&](auto x) { return proof::real(x) > 0 ? scale * x : 0.0 * x; });
}

BOOST_AUTO_TEST_CASE(needs_a_scale_above_zero) {
  Graph g;
  CHECK_FAILS(scaled_relu(g.input("x", {{2}}), {.scale = 0}), "[scaled_relu] scale needs to be above 0, got 0");
}

BOOST_AUTO_TEST_SUITE_END()
