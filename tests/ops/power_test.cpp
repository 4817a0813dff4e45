#include <backflow/ops/power.h>

#include "tests/support/broadcast.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(power_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  proof::prove_elementwise(
      "power", power, [](auto a, auto b) { return std::pow(a, b); }, 0, 3);
}

BOOST_AUTO_TEST_CASE(has_pytorchs_gradients_at_zero_and_below) {
  using proof::kInf, proof::kNan;
  const std::vector<double> a{0, 0, 0, 0, -2, -2, -2, 3, kNan, 0}, b{0, 1, 2, 0.5, 2, 3, 0.5, 0, 0, -1};
  proof::check_values(
      "power", {proof::row(a), proof::row(b)}, [](Graph&, const auto& v) { return power(v[0], v[1]); },
      {1, 0, 0, 0, 4, -8, kNan, 1, 1, kInf},
      {{0, 1, 0, kInf, -4, 12, kNan, 0, 0, -kInf}, {0, 0, 0, 0, kNan, kNan, kNan, std::log(3.0), kNan, -kInf}});
}

BOOST_AUTO_TEST_CASE(says_which_shapes_do_not_fit) {
  Graph g;
  CHECK_FAILS(power(g.input("a", {{4, 3}}), g.input("b", {{4}})), "[power] shapes [4, 3] and [4] do not fit");
}

BOOST_AUTO_TEST_SUITE_END()
