#include <backflow/ops/selu.h>

#include "tests/support/activation.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(selu_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (const SeluOptions& o : {SeluOptions{}, SeluOptions{.alpha = 0.5F, .gamma = -2}})
    proof::prove_activation(
        str_cat("selu ", o.alpha), [&](Value x) { return selu(x, o); },
        [&](auto x) {
          const double alpha = o.alpha, gamma = o.gamma;
          return gamma * (proof::real(x) > 0 ? x : alpha * (std::exp(x) - 1.0));
        },
        {-30, -1, 1e-7, 1, 30});
}

BOOST_AUTO_TEST_CASE(keeps_the_digits_near_zero_and_nan) {
  using proof::kInf, proof::kNan;
  const double alpha = SeluOptions{}.alpha, gamma = SeluOptions{}.gamma;
  proof::check_values("selu", {proof::row({0, -1e-6, -kInf, kNan})}, [](Graph&, const auto& v) { return selu(v[0]); },
                      {0, gamma * alpha * std::expm1(-1e-6), -gamma * alpha, kNan},
                      {{gamma * alpha, gamma * alpha * std::exp(-1e-6), 0, kNan}});
}

BOOST_AUTO_TEST_SUITE_END()
