#include <backflow/graph/shape_limits.h>

#include "tests/support/test.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(shape_limits)

BOOST_AUTO_TEST_CASE(ranks_from_0_to_12_are_shapes_and_others_are_refused_with_a_sentence) {
  for (std::size_t rank = 0; rank <= 12; ++rank) check_shape("x", Shape(rank, 1));
  CHECK_FAILS(check_shape("x", Shape(13, 1)), "[x] a value has at most 12 axes, got 13");
  CHECK_FAILS(check_shape("x", Shape(100'000, 1)), "at most 12 axes, got 100000");
}

BOOST_AUTO_TEST_CASE(sizes_that_overflow_are_refused_with_the_bound) {
  check_shape("x", {std::int64_t{1} << 20, std::int64_t{1} << 20});
  CHECK_FAILS(check_shape("x", {std::int64_t{1} << 40, 2}),
              "[x] a value has at most 2^40 elements, got [1099511627776, 2]");
  CHECK_FAILS(check_shape("x", {INT64_MAX, INT64_MAX}), "at most 2^40 elements");
}

BOOST_AUTO_TEST_SUITE_END()
