#include <backflow/ops/sign.h>

#include "tests/support/activation.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(sign_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_and_has_gradient_zero) {
  proof::prove_activation(
      "sign", [](Value x) { return sign(x); },
      [](auto x) { return 0.0 * x + static_cast<double>((proof::real(x) > 0) - (proof::real(x) < 0)); });
}

BOOST_AUTO_TEST_CASE(keeps_nan) {
  using proof::kInf, proof::kNan;
  proof::check_values("sign", {proof::row({0, -0.0, 1e-40, -kInf, kNan})},
                      [](Graph&, const auto& v) { return sign(v[0]); }, {0, 0, 1, -1, kNan}, {{0, 0, 0, 0, 0}});
}

BOOST_AUTO_TEST_SUITE_END()
