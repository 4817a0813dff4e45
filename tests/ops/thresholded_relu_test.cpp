#include <backflow/ops/thresholded_relu.h>

#include "tests/support/activation.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(thresholded_relu_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (float alpha : {1.0F, 0.0F, -0.5F})
    proof::prove_activation(
        str_cat("thresholded_relu ", alpha), [&](Value x) { return thresholded_relu(x, {.alpha = alpha}); },
        [a = static_cast<double>(alpha)](auto x) { return proof::real(x) > a ? x : 0.0 * x; });
}

BOOST_AUTO_TEST_CASE(keeps_nan) {
  using proof::kNan;
  proof::check_values("thresholded_relu", {proof::row({1, 1.5, kNan})},
                      [](Graph&, const auto& v) { return thresholded_relu(v[0]); }, {0, 1.5, kNan}, {{0, 1, 1}});
}

BOOST_AUTO_TEST_SUITE_END()
