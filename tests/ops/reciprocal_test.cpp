#include <backflow/ops/reciprocal.h>

#include "tests/support/activation.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(reciprocal_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "reciprocal", [](Value x) { return reciprocal(x); }, [](auto x) { return 1.0 / x; }, {-30, -1, 1, 30}, {3, 0.5});
}

BOOST_AUTO_TEST_CASE(has_the_ends_and_nan_of_the_function) {
  using proof::kInf, proof::kNan;
  proof::check_values("reciprocal", {proof::row({0, -0.0, kInf, kNan, 1e20})},
                      [](Graph&, const auto& v) { return reciprocal(v[0]); }, {kInf, -kInf, 0, kNan, 1e-20},
                      {{-kInf, -kInf, 0, kNan, 0}});
}

BOOST_AUTO_TEST_SUITE_END()
