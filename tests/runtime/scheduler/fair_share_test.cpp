#include <backflow/runtime/scheduler/fair_share.h>

#include "tests/support/test.h"

using namespace backflow;
using Start = std::vector<std::size_t>;

BOOST_AUTO_TEST_SUITE(fair_share)

BOOST_AUTO_TEST_CASE(a_lone_job_starts) { BOOST_CHECK(jobs_to_start({{0, 5, 1, false}}, 2) == Start{0}); }

BOOST_AUTO_TEST_CASE(equal_jobs_run_side_by_side_and_one_that_is_ahead_waits) {
  BOOST_CHECK(jobs_to_start({{0, 1, 4, false}, {0, 1, 4, false}}, 2) == (Start{0, 1}));
  BOOST_CHECK(jobs_to_start({{0, 1 + 2 * kLead, 4, false}, {0, 1, 4, false}}, 2) == Start{1});
  BOOST_CHECK(jobs_to_start({{0, 1 + 2 * kLead, 4, false}, {0, 1, 4, true}}, 2).empty());
}

BOOST_AUTO_TEST_CASE(nobody_waits_while_a_core_is_idle) {
  BOOST_CHECK(jobs_to_start({{0, 9, 4, false}, {0, 1, 1, true}}, 2) == Start{0});
  BOOST_CHECK(jobs_to_start({{-1, 0, 4, false}, {3, 9, 1, true}}, 2) == Start{0});
}

BOOST_AUTO_TEST_CASE(a_higher_priority_goes_first_whatever_it_was_served) {
  BOOST_CHECK(jobs_to_start({{0, 0, 4, false}, {1, 100, 4, false}}, 2) == Start{1});
}

BOOST_AUTO_TEST_CASE(served_time_decides_in_the_long_run) {
  double served[2] = {0, 0};
  const double cost[2] = {0.001, 0.03}, share[2] = {1, 3};
  for (int i = 0; i < 20000; ++i)
    for (std::size_t j : jobs_to_start({{0, served[0], 8, false}, {0, served[1], 8, false}}, 1))
      served[j] += cost[j] / share[j];
  BOOST_CHECK_CLOSE(served[0], served[1], 2);  // core time in proportion 1 : 3
}

BOOST_AUTO_TEST_SUITE_END()
