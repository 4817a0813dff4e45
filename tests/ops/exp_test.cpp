#include <backflow/ops/exp.h>

#include "tests/support/activation.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(exp_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "exp", [](Value x) { return exp(x); }, [](auto x) { return std::exp(x); }, {-30, -1, 0, 1, 5});
}

BOOST_AUTO_TEST_CASE(has_the_ends_and_nan_of_the_function) {
  using proof::kInf, proof::kNan;
  proof::check_values("exp", {proof::row({-kInf, kInf, kNan, -200, 200})},
                      [](Graph&, const auto& v) { return exp(v[0]); }, {0, kInf, kNan, 0, kInf},
                      {{0, kInf, kNan, 0, kInf}});
}

BOOST_AUTO_TEST_CASE(refuses_whole_numbers) {
  Graph g;
  CHECK_FAILS(exp(g.input("t", {{4}, Type::s32})), "[exp] needs an f32 value, got [4] s32");
}

BOOST_AUTO_TEST_SUITE_END()
