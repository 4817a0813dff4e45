#include <backflow/ops/modulo.h>

#include "tests/support/broadcast.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(modulo_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  proof::prove_elementwise(
      "modulo", [](Value a, Value b, const std::string&) { return modulo(a, b); },
      [](auto a, auto b) { return a - b * std::floor(proof::real(a) / proof::real(b)); }, 2);
  proof::prove_elementwise(
      "truncated modulo", [](Value a, Value b, const std::string&) { return modulo(a, b, {.truncated = true}); },
      [](auto a, auto b) { return a - b * std::trunc(proof::real(a) / proof::real(b)); }, 2, -5);
}

BOOST_AUTO_TEST_CASE(has_the_sign_of_the_divisor_or_of_what_is_divided) {
  using proof::kInf, proof::kNan;
  const proof::Input a = proof::row({7, -7, 7, -7, 6, 5, 5, kInf, kNan}),
                     b = proof::row({3, 3, -3, -3, 3, 0, kInf, 2, 2});
  proof::check_values("modulo", {a, b}, [](Graph&, const auto& v) { return modulo(v[0], v[1]); },
                      {1, 2, -2, -1, 0, kNan, 5, kNan, kNan},
                      {{1, 1, 1, 1, 1, 1, 1, 1, 1}, {-2, 3, 3, -2, -2, kNan, 0, kNan, kNan}});
  proof::check_values(
      "truncated modulo", {a, b}, [](Graph&, const auto& v) { return modulo(v[0], v[1], {.truncated = true}); },
      {1, -1, 1, -1, 0, kNan, 5, kNan, kNan}, {{1, 1, 1, 1, 1, 1, 1, 1, 1}, {-2, 2, 2, -2, -2, kNan, 0, kNan, kNan}});
}

BOOST_AUTO_TEST_SUITE_END()
