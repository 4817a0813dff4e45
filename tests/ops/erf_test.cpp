#include <backflow/ops/erf.h>

#include "tests/support/activation.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(erf_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "erf", [](Value x) { return erf(x); }, [](auto x) { return proof::erf_of(x); },
      {-30, -4, -1, -1e-6, 0, 1e-6, 1, 4, 30});
}

BOOST_AUTO_TEST_CASE(keeps_the_digits_of_small_numbers_and_nan) {
  using proof::kInf, proof::kNan;
  proof::check_values("erf", {proof::row({-kInf, kInf, kNan, 1e-6})}, [](Graph&, const auto& v) { return erf(v[0]); },
                      {-1, 1, kNan, 1.1283791670e-6});
}

BOOST_AUTO_TEST_SUITE_END()
