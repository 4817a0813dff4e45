#include <backflow/ops/negate.h>

#include "tests/support/activation.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(negate_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "negate", [](Value x) { return negate(x); }, [](auto x) { return -x; });
}

BOOST_AUTO_TEST_CASE(is_a_scale_by_minus_one_under_its_name) {
  Graph g;
  const Value y = negate(g.input("x", {{2}}), "minus");
  BOOST_TEST(g.node(y).name == "minus");
  BOOST_TEST(g.node(y).op->kind() == "scale");
}

BOOST_AUTO_TEST_SUITE_END()
