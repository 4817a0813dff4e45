#include <backflow/ops/clip.h>

#include "tests/support/activation.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(clip_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_and_has_gradient_one_at_both_ends) {
  proof::prove_activation(
      "clip", [](Value x) { return clip(x, {.low = -1, .high = 2}); },
      [](auto x) { return proof::real(x) < -1  ? 0.0 * x - 1.0
                          : proof::real(x) > 2 ? 0.0 * x + 2.0
                                               : x; },
      {-30, -1, 0, 2, 30});
}

BOOST_AUTO_TEST_CASE(may_have_one_end) {
  proof::prove_activation(
      "clip below", [](Value x) { return clip(x, {.low = 0}); },
      [](auto x) { return proof::real(x) < 0 ? 0.0 * x : x; });
}

BOOST_AUTO_TEST_CASE(needs_ends_in_order) {
  Graph g;
  CHECK_FAILS(clip(g.input("x", {{2}}), {.low = 2, .high = 1}), "[clip] needs low ≤ high, got 2 and 1");
}

BOOST_AUTO_TEST_SUITE_END()
