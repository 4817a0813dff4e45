#include <backflow/ops/floor.h>

#include "tests/support/activation.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(floor_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_and_has_gradient_zero) {
  proof::prove_activation(
      "floor", [](Value x) { return floor(x); }, [](auto x) { return 0.0 * x + std::floor(proof::real(x)); });
}

BOOST_AUTO_TEST_CASE(leaves_whole_numbers_and_what_is_none) {
  using proof::kInf, proof::kNan;
  proof::check_values("floor", {proof::row({2, -2, 2.5, -2.5, -0.0, 1e30, kInf, kNan})},
                      [](Graph&, const auto& v) { return floor(v[0]); }, {2, -2, 2, -3, 0, 1e30, kInf, kNan},
                      {{0, 0, 0, 0, 0, 0, 0, 0}});
}

BOOST_AUTO_TEST_SUITE_END()
