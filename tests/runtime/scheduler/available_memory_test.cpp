#include <backflow/runtime/scheduler/available_memory.h>

#include <unistd.h>

#include "tests/support/test.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(memory_of_the_system)

BOOST_AUTO_TEST_CASE(is_some_and_no_more_than_there_is) {
  const double all = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  BOOST_CHECK_GT(available_memory(), 1 << 20);
  BOOST_CHECK_LE(available_memory(), all);
}

BOOST_AUTO_TEST_SUITE_END()
