#include <backflow/ops/log_softmax.h>

#include "tests/support/run.h"
#include "tests/support/softmax.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(log_softmax_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_softmax("log_softmax", log_softmax, true);
}

BOOST_AUTO_TEST_CASE(keeps_differences_where_softmax_rounds_to_zero) {
  Graph g;
  g.output("y", log_softargmax(g.input("x", {{1, 3}})));
  const std::vector<float> expected{0, -500, -1000};
  BOOST_TEST(outputs_of(g, {{"x", {1000, 500, 0}}}).at("y") == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) { proof::check_softmax_errors("log_softmax", log_softmax); }

BOOST_AUTO_TEST_SUITE_END()
