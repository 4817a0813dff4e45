#include <backflow/ops/softplus.h>

#include "tests/support/activation.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(softplus_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (float beta : {1.0F, 2.5F})
    proof::prove_activation(
        str_cat("softplus ", beta), [&](Value x) { return softplus(x, {.beta = beta}); },
        [&](auto x) { return std::log(1.0 + std::exp(static_cast<double>(beta) * x)) / static_cast<double>(beta); });
}

BOOST_AUTO_TEST_CASE(keeps_small_values_and_overflows_nowhere) {
  proof::prove(
      "softplus far out", {{{3}, false, true, 0, 1, {-80, -1000, 1e30}}},
      [](Graph&, const auto& v) { return softplus(v[0]); },
      [](const auto& in) {
        auto y = in[0];
        y(0) = std::exp(y(0));
        y(1) = 0;
        return y;
      });
}

BOOST_AUTO_TEST_CASE(needs_a_beta_above_zero) {
  Graph g;
  CHECK_FAILS(softplus(g.input("x", {{2}}), {.beta = 0}), "[softplus] beta needs to be above 0, got 0");
}

BOOST_AUTO_TEST_SUITE_END()
