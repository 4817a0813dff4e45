#include <backflow/ops/sqrt.h>

#include "tests/support/activation.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(sqrt_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "sqrt", [](Value x) { return sqrt(x); }, [](auto x) { return std::sqrt(x); }, {1e-6, 1, 1e6}, {3, 0.5});
}

BOOST_AUTO_TEST_CASE(has_the_ends_and_nan_of_the_function) {
  using proof::kInf, proof::kNan;
  proof::check_values("sqrt", {proof::row({0, -1, kInf, kNan})}, [](Graph&, const auto& v) { return sqrt(v[0]); },
                      {0, kNan, kInf, kNan}, {{kInf, kNan, 0, kNan}});
}

BOOST_AUTO_TEST_SUITE_END()
