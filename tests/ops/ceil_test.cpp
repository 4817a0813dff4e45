#include <backflow/ops/ceil.h>

#include "tests/support/activation.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(ceil_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_and_has_gradient_zero) {
  proof::prove_activation(
      "ceil", [](Value x) { return ceil(x); }, [](auto x) { return 0.0 * x + std::ceil(proof::real(x)); });
}

BOOST_AUTO_TEST_CASE(leaves_whole_numbers_and_what_is_none) {
  using proof::kInf, proof::kNan;
  proof::check_values("ceil", {proof::row({2, -2, 2.5, -2.5, -0.0, 1e30, kInf, kNan})},
                      [](Graph&, const auto& v) { return ceil(v[0]); }, {2, -2, 3, -2, 0, 1e30, kInf, kNan},
                      {{0, 0, 0, 0, 0, 0, 0, 0}});
}

BOOST_AUTO_TEST_SUITE_END()
