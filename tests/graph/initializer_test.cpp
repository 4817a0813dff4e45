#include <backflow/graph/initializer.h>

#include <cmath>

#include "tests/support/test.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(initializer)

BOOST_AUTO_TEST_CASE(bounds_and_deviations_are_those_of_the_papers) {
  const float k = std::sqrt(6.0F / 50);
  BOOST_CHECK_CLOSE(kaiming_uniform(50).b, k, 1e-4);
  BOOST_CHECK_CLOSE(kaiming_uniform(50).a, -k, 1e-4);
  BOOST_CHECK_CLOSE(kaiming_normal(50).b, 0.2F, 1e-4);
  BOOST_CHECK_EQUAL(kaiming_normal(50).a, 0);
  BOOST_CHECK_CLOSE(xavier_uniform(30, 20).b, k, 1e-4);
  BOOST_CHECK_CLOSE(xavier_normal(30, 20).b, 0.2F, 1e-4);
  BOOST_CHECK_CLOSE(fan_in_uniform(25).b, 0.2F, 1e-4);
}

BOOST_AUTO_TEST_CASE(the_kind_says_how_the_numbers_are_drawn) {
  BOOST_CHECK_EQUAL(zeros().kind, Initializer::fill);
  BOOST_CHECK_EQUAL(filled(3).a, 3);
  BOOST_CHECK_EQUAL(uniform(-1, 2).kind, Initializer::uniform);
  BOOST_CHECK_EQUAL(normal(1, 2).kind, Initializer::normal);
  BOOST_CHECK_EQUAL(from_values({1, 2, 3}).data->size(), 3);
}

BOOST_AUTO_TEST_SUITE_END()
