#include <backflow/ops/trunc.h>

#include "tests/support/activation.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(trunc_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_and_has_gradient_zero) {
  proof::prove_activation(
      "trunc", [](Value x) { return trunc(x); }, [](auto x) { return 0.0 * x + std::trunc(proof::real(x)); });
}

BOOST_AUTO_TEST_CASE(goes_towards_zero) {
  using proof::kInf, proof::kNan;
  proof::check_values("trunc", {proof::row({2, -2, 2.5, -2.5, -0.0, 1e30, kInf, kNan})},
                      [](Graph&, const auto& v) { return trunc(v[0]); }, {2, -2, 2, -2, 0, 1e30, kInf, kNan},
                      {{0, 0, 0, 0, 0, 0, 0, 0}});
}

BOOST_AUTO_TEST_SUITE_END()
