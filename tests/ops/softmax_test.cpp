#include <backflow/ops/softmax.h>

#include <backflow/graph/gradient.h>
#include "tests/support/run.h"
#include "tests/support/softmax.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(softmax_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_softmax("softmax", softmax, false);
}

BOOST_AUTO_TEST_CASE(stays_finite_for_huge_values_and_becomes_argmax) {
  Graph g;
  const Value x = g.input("x", {{2, 3}});
  const Value y = softargmax(x);
  g.output("y", y);
  g.output("dx", gradient(y, x));
  const auto out = outputs_of(g, {{"x", {1e30F, -1e30F, 0, 100, 300, 200}}});
  BOOST_TEST(out.at("y") == (std::vector<float>{1, 0, 0, 0, 1, 0}), boost::test_tools::per_element());
  for (float d : out.at("dx")) BOOST_TEST(d == 0);
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) { proof::check_softmax_errors("softmax", softmax); }

BOOST_AUTO_TEST_SUITE_END()
