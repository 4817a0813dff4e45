#include <backflow/ops/hardswish.h>

#include "tests/support/activation.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(hardswish_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "hardswish", [](Value x) { return hardswish(x); },
      [](auto x) {
        const double mask = proof::real(x) / 6 + 0.5;
        return mask <= 0 ? 0.0 * x : mask >= 1 ? x : x * (x / 6.0 + 0.5);
      },
      {-30, -3, -1.5, 0, 1, 3, 30});
}

BOOST_AUTO_TEST_SUITE_END()
