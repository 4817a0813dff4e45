#include <backflow/ops/log.h>

#include "tests/support/activation.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(log_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "log", [](Value x) { return log(x); }, [](auto x) { return std::log(x); }, {1e-6, 0.5, 1, 1e6}, {3, 0.5});
}

BOOST_AUTO_TEST_CASE(has_the_ends_and_nan_of_the_function) {
  using proof::kInf, proof::kNan;
  proof::check_values("log", {proof::row({0, -1, kInf, kNan, 1e-40})}, [](Graph&, const auto& v) { return log(v[0]); },
                      {-kInf, kNan, kInf, kNan, std::log(1e-40)});
}

BOOST_AUTO_TEST_SUITE_END()
