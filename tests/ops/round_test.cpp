#include <backflow/ops/round.h>

#include "tests/support/activation.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(round_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_and_has_gradient_zero) {
  proof::prove_activation(
      "round", [](Value x) { return round(x); }, [](auto x) { return 0.0 * x + std::nearbyint(proof::real(x)); });
}

BOOST_AUTO_TEST_CASE(goes_to_the_even_one_of_two_near_numbers) {
  using proof::kInf, proof::kNan;
  proof::check_values("round", {proof::row({0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, 1e30, -kInf, kNan})},
                      [](Graph&, const auto& v) { return round(v[0]); }, {0, 2, 2, 0, -2, 2, 1e30, -kInf, kNan},
                      {{0, 0, 0, 0, 0, 0, 0, 0, 0}});
}

BOOST_AUTO_TEST_SUITE_END()
