#include <backflow/ops/stop_gradient.h>

#include <backflow/ops/multiply.h>
#include <backflow/ops/scale.h>
#include "tests/support/activation.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(stop_gradient_)

BOOST_AUTO_TEST_CASE(is_a_constant_to_the_gradient_and_the_value_itself_to_all_others) {
  // The reference's complex step does not reach the second factor.
  proof::prove_activation(
      "stop_gradient", [](Value x) { return multiply(x, stop_gradient(x)); }, [](auto x) { return x * std::real(x); });
}

BOOST_AUTO_TEST_CASE(makes_the_gradient_zero_without_a_node_for_what_is_before_it) {
  Graph g;
  const Value x = g.input("x", {{2, 3}}), y = stop_gradient(scale(x, 2));
  const Value d = gradient(y, x);
  BOOST_TEST((g.node(d).leaf == Leaf::constant));
  for (std::size_t n = y.node + 1; n < g.size(); ++n) BOOST_TEST(!g.node(n).op);
}

BOOST_AUTO_TEST_CASE(can_be_differentiated_by) {
  Graph g;
  const Value x = g.input("x", {{2, 3}}), y = stop_gradient(x), d = gradient(scale(y, 2), y);
  BOOST_TEST(g.node(d).op->kind() == "scale");
}

BOOST_AUTO_TEST_CASE(passes_integers_too) {
  Graph g;
  BOOST_TEST((stop_gradient(g.input("labels", {{4}, Type::s32})).spec() == Spec{{4}, Type::s32}));
}

BOOST_AUTO_TEST_SUITE_END()
