#include <backflow/ops/abs.h>

#include "tests/support/activation.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(abs_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "abs", [](Value x) { return abs(x); }, [](auto x) { return proof::real(x) < 0 ? -x : x; }, {-30, -1, 1, 30});
}

BOOST_AUTO_TEST_CASE(has_gradient_zero_at_zero) {
  using proof::kInf, proof::kNan;
  proof::check_values("abs", {proof::row({0, -0.0, -kInf, kNan, 2, -3})},
                      [](Graph&, const auto& v) { return abs(v[0]); }, {0, 0, kInf, kNan, 2, 3},
                      {{0, 0, -1, kNan, 1, -1}});
}

BOOST_AUTO_TEST_SUITE_END()
