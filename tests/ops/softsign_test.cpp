#include <backflow/ops/softsign.h>

#include "tests/support/activation.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(softsign_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "softsign", [](Value x) { return softsign(x); },
      [](auto x) { return x / (1.0 + (proof::real(x) < 0 ? -x : x)); });
}

BOOST_AUTO_TEST_SUITE_END()
