#include <backflow/ops/celu.h>

#include "tests/support/activation.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(celu_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (float alpha : {1.0F, 0.5F, 2.5F})
    proof::prove_activation(
        str_cat("celu ", alpha), [&](Value x) { return celu(x, {.alpha = alpha}); },
        [a = static_cast<double>(alpha)](auto x) { return proof::real(x) > 0 ? x : a * (std::exp(x / a) - 1.0); });
}

BOOST_AUTO_TEST_CASE(keeps_the_digits_near_zero_and_nan) {
  using proof::kInf, proof::kNan;
  proof::check_values("celu", {proof::row({0, -1e-6, -kInf, kNan})}, [](Graph&, const auto& v) { return celu(v[0]); },
                      {0, std::expm1(-1e-6), -1, kNan}, {{1, std::exp(-1e-6), 0, kNan}});
}

BOOST_AUTO_TEST_CASE(needs_an_alpha) {
  Graph g;
  CHECK_FAILS(celu(g.input("x", {{2}}), {.alpha = 0}), "[celu] alpha needs to be other than 0");
}

BOOST_AUTO_TEST_SUITE_END()
