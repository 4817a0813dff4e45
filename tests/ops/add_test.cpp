#include <backflow/ops/add.h>

#include "tests/support/broadcast.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(add_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  proof::prove_elementwise("add", add, [](auto a, auto b) { return a + b; });
}

BOOST_AUTO_TEST_CASE(says_which_shapes_do_not_fit) {
  Graph g;
  const Value x = g.input("x", {{4, 3}});
  CHECK_FAILS(add(x, g.input("b", {{4}})), "[add] shapes [4, 3] and [4] do not fit");
  CHECK_FAILS(add(x, g.input("t", {{4, 3}, Type::s32})), "[add] needs f32 values, got [4, 3] and [4, 3] s32");
}

BOOST_AUTO_TEST_SUITE_END()
