#include <backflow/ops/is_nan.h>

#include "tests/support/activation.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(is_nan_)

BOOST_AUTO_TEST_CASE(no_ordinary_number_is_nan_or_infinite) {
  proof::prove_activation(
      "is_nan", [](Value x) { return is_nan(x); }, [](auto x) { return 0.0 * x; });
  proof::prove_activation(
      "is_inf", [](Value x) { return is_inf(x); }, [](auto x) { return 0.0 * x; });
}

BOOST_AUTO_TEST_CASE(tells_nan_and_each_infinity) {
  using proof::kInf, proof::kNan;
  const auto check = [&](const proof::ActivationBuilder& op, const std::vector<double>& expected) {
    proof::check_values("is_nan, is_inf", {proof::row({kNan, kInf, -kInf, 0, -3e38})},
                        [&](Graph&, const auto& v) { return op(v[0]); }, expected, {{0, 0, 0, 0, 0}});
  };
  check([](Value x) { return is_nan(x); }, {1, 0, 0, 0, 0});
  check([](Value x) { return is_inf(x); }, {0, 1, 1, 0, 0});
  check([](Value x) { return is_inf(x, {.negative = false}); }, {0, 1, 0, 0, 0});
  check([](Value x) { return is_inf(x, {.positive = false}); }, {0, 0, 1, 0, 0});
}

BOOST_AUTO_TEST_SUITE_END()
