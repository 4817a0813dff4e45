#include <backflow/ops/shrink.h>

#include "tests/support/activation.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(shrink_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (const ShrinkOptions& o : {ShrinkOptions{}, ShrinkOptions{.threshold = 0.25F, .bias = 0.25F},
                                 ShrinkOptions{.threshold = 1, .bias = -0.5F}})
    proof::prove_activation(
        str_cat("shrink ", o.threshold, " ", o.bias), [&](Value x) { return shrink(x, o); },
        [&](auto x) {
          const double threshold = o.threshold, bias = o.bias;
          return proof::real(x) > threshold ? x - bias : proof::real(x) < -threshold ? x + bias : 0.0 * x;
        });
}

BOOST_AUTO_TEST_CASE(is_zero_at_both_thresholds_and_keeps_nan) {
  using proof::kInf, proof::kNan;
  proof::check_values("shrink", {proof::row({-0.5, 0.5, -0.75, kInf, kNan})},
                      [](Graph&, const auto& v) { return shrink(v[0], {.threshold = 0.5F, .bias = 0.25F}); },
                      {0, 0, -0.5, kInf, kNan}, {{0, 0, 1, 1, 1}});
}

BOOST_AUTO_TEST_CASE(needs_a_threshold_that_is_not_negative) {
  Graph g;
  CHECK_FAILS(shrink(g.input("x", {{2}}), {.threshold = -1}), "[shrink] threshold needs to be ≥ 0, got -1");
}

BOOST_AUTO_TEST_SUITE_END()
