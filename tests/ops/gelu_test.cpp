#include <backflow/ops/gelu.h>

#include "tests/support/activation.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(gelu_)

BOOST_AUTO_TEST_CASE(agrees_with_the_form_by_erf) {
  proof::prove_activation(
      "gelu", [](Value x) { return gelu(x); },
      [](auto x) { return 0.5 * x * (1.0 + proof::erf_of(x / std::sqrt(2.0))); },
      {-30, -std::sqrt(2.0), -0.751792, 0, 0.751792, std::sqrt(2.0), 30});
}

BOOST_AUTO_TEST_CASE(agrees_with_the_form_by_tanh) {
  proof::prove_activation(
      "gelu by tanh", [](Value x) { return gelu(x, {.tanh = true}); },
      [](auto x) { return 0.5 * x * (1.0 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x))); },
      {-4, -1, 0, 1, 4});
}

BOOST_AUTO_TEST_SUITE_END()
