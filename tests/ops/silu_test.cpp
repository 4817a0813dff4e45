#include <backflow/ops/silu.h>

#include "tests/support/activation.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(silu_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "silu", [](Value x) { return silu(x); }, [](auto x) { return x / (1.0 + std::exp(-x)); });
}

BOOST_AUTO_TEST_SUITE_END()
