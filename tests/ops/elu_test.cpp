#include <backflow/ops/elu.h>

#include "tests/support/activation.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(elu_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (float alpha : {0.0F, 1.0F, 1.7F})
    proof::prove_activation(
        str_cat("elu ", alpha), [&](Value x) { return elu(x, {.alpha = alpha}); },
        [&](auto x) { return proof::real(x) > 0 ? x : static_cast<double>(alpha) * (std::exp(x) - 1.0); });
}

BOOST_AUTO_TEST_CASE(needs_an_alpha_that_is_not_negative) {
  Graph g;
  CHECK_FAILS(elu(g.input("x", {{2}}), {.alpha = -1}), "[elu] alpha needs to be ≥ 0, got -1");
}

BOOST_AUTO_TEST_SUITE_END()
