#include <backflow/runtime/train/best_epoch.h>

#include <backflow/runtime/train/plateau.h>

#include <limits>

#include "tests/support/test.h"

using namespace backflow::train;

BOOST_AUTO_TEST_SUITE(best_epoch)

BOOST_AUTO_TEST_CASE(is_the_first_with_the_highest_accuracy_or_f1_or_the_lowest_loss) {
  const Evaluation first{.loss = 3, .accuracy = 0.5, .f1 = 0.4}, second{.loss = 2, .accuracy = 0.5, .f1 = 0.3};
  for (const auto& [monitor, best, value] :
       {std::tuple{Monitor::accuracy, 1, 0.5}, {Monitor::loss, 2, 2.0}, {Monitor::f1, 1, 0.4}}) {
    BestEpoch epochs(monitor);
    BOOST_TEST(epochs.epoch() == 0);
    BOOST_TEST(epochs.add(1, first));
    BOOST_TEST(epochs.add(2, second) == (best == 2));
    BOOST_TEST(epochs.epoch() == best);
    BOOST_TEST(epochs.value() == value);
    BOOST_TEST(!epochs.is_over(1000));
  }
}

BOOST_AUTO_TEST_CASE(waiting_ends_after_so_many_epochs_without_a_better_one) {
  BestEpoch epochs(Monitor::loss, 2);
  BOOST_TEST(!epochs.is_over(5));  // none was measured
  epochs.add(3, {.loss = 1});
  BOOST_TEST(!epochs.is_over(4));
  BOOST_TEST(epochs.is_over(5));
  epochs.add(5, {.loss = 0.5});
  BOOST_TEST(!epochs.is_over(5));
  BestEpoch resumed(Monitor::loss, 2);
  resumed.restore(5, 0.5);
  BOOST_TEST(!resumed.add(6, {.loss = 0.6}));
  BOOST_TEST(resumed.is_over(7));
}

BOOST_AUTO_TEST_CASE(a_number_that_is_none_is_not_better) {
  BestEpoch epochs(Monitor::loss);
  epochs.add(1, {.loss = 1});
  BOOST_TEST(!epochs.add(2, {.loss = std::numeric_limits<double>::quiet_NaN()}));
}

BOOST_AUTO_TEST_CASE(a_plateau_lowers_the_rate_after_each_wait) {
  Plateau plateau(0.5, 2);
  std::vector<double> factors;
  for (const bool better : {true, false, false, false, true, false, false}) {
    plateau.add(better);
    factors.push_back(plateau.factor());
  }
  BOOST_TEST(factors == (std::vector<double>{1, 1, 0.5, 0.5, 0.5, 0.5, 0.25}), boost::test_tools::per_element());
  Plateau resumed(0.5, 2);
  resumed.restore(0.25, 1);
  resumed.add(false);
  BOOST_TEST(resumed.factor() == 0.125);
  BOOST_TEST(resumed.waited() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
