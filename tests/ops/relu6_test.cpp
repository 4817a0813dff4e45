#include <backflow/ops/relu6.h>

#include "tests/support/activation.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(relu6_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_and_has_gradient_zero_at_both_ends) {
  proof::prove_activation(
      "relu6", [](Value x) { return relu6(x); },
      [](auto x) { return proof::real(x) <= 0   ? 0.0 * x
                          : proof::real(x) >= 6 ? 0.0 * x + 6.0
                                                : x; },
      {-30, 0, 1, 6, 30});
}

BOOST_AUTO_TEST_SUITE_END()
