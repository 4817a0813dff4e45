#include <backflow/ops/compare.h>

#include <backflow/ops/multiply.h>
#include "tests/support/broadcast.h"
#include "tests/support/special_values.h"

using namespace backflow;

namespace {

template <class T>
T truth(bool holds) {
  return holds ? 1.0 : 0.0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(compare_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_and_has_gradient_zero) {
  proof::prove_elementwise("equal", equal,
                           [](auto a, auto b) { return truth<decltype(a)>(proof::real(a) == proof::real(b)); });
  proof::prove_elementwise("less", less,
                           [](auto a, auto b) { return truth<decltype(a)>(proof::real(a) < proof::real(b)); });
  proof::prove_elementwise("greater", greater,
                           [](auto a, auto b) { return truth<decltype(a)>(proof::real(a) > proof::real(b)); });
  proof::prove_elementwise("less_or_equal", less_or_equal,
                           [](auto a, auto b) { return truth<decltype(a)>(proof::real(a) <= proof::real(b)); });
  proof::prove_elementwise("greater_or_equal", greater_or_equal,
                           [](auto a, auto b) { return truth<decltype(a)>(proof::real(a) >= proof::real(b)); });
}

BOOST_AUTO_TEST_CASE(tells_equal_numbers_and_the_smallest_ones_and_nothing_holds_of_nan) {
  using proof::kInf, proof::kNan;
  const std::vector<proof::Input> in{proof::row({1, 1, 2, 0, 1e-40, kInf, kNan, 1}),
                                     proof::row({1, 2, 1, -0.0, 0, kInf, kNan, kNan})};
  proof::check_values("equal", in, [](Graph&, const auto& v) { return equal(v[0], v[1]); }, {1, 0, 0, 1, 0, 1, 0, 0});
  proof::check_values("less", in, [](Graph&, const auto& v) { return less(v[0], v[1]); }, {0, 1, 0, 0, 0, 0, 0, 0});
  proof::check_values("greater", in, [](Graph&, const auto& v) { return greater(v[0], v[1]); },
                      {0, 0, 1, 0, 1, 0, 0, 0});
  proof::check_values("less_or_equal", in, [](Graph&, const auto& v) { return less_or_equal(v[0], v[1]); },
                      {1, 1, 0, 1, 0, 1, 0, 0});
  proof::check_values("greater_or_equal", in, [](Graph&, const auto& v) { return greater_or_equal(v[0], v[1]); },
                      {1, 0, 1, 1, 1, 1, 0, 0});
}

BOOST_AUTO_TEST_CASE(leaves_the_gradients_of_other_paths_alone) {
  proof::check_values("x (x > 1)", {proof::row({3, -2}), proof::row({1})},
                      [](Graph&, const auto& v) { return multiply(v[0], greater(v[0], v[1])); }, {3, 0}, {{1, 0}, {0}});
}

BOOST_AUTO_TEST_CASE(says_which_shapes_do_not_fit) {
  Graph g;
  CHECK_FAILS(less(g.input("a", {{4, 3}}), g.input("b", {{4}})), "[less] shapes [4, 3] and [4] do not fit");
}

BOOST_AUTO_TEST_SUITE_END()
