#include <backflow/runtime/data/number_dataset.h>

#include <limits>

#include "tests/support/small_data.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::data;

namespace {

/// Images whose labels are places of numbers.
std::shared_ptr<ImageDataset> images(std::vector<std::int32_t> places) {
  auto data = std::make_shared<ImageDataset>(small_dataset(places.size()));
  data->labels = std::move(places);
  return data;
}

float target(const Dataset& data, std::size_t sample) {
  float value = 0;
  data.read_target(sample, {&value, 1});
  return value;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(number_dataset)

BOOST_AUTO_TEST_CASE(numbers_are_standardised_as_those_of_the_training_set) {
  const std::vector<double> numbers{1, 100, 3, 5};  // of which 100 belongs to no sample
  const NumberDataset train(images({0, 2, 3}), numbers);
  const Standardization s = train.target_standardization();
  BOOST_TEST(s.mean.at(0) == 3);
  BOOST_TEST(s.stddev.at(0) == std::sqrt(8.0F / 3));
  BOOST_TEST(target(train, 0) == -2 / s.stddev[0]);
  BOOST_TEST(target(train, 1) == 0);
  const NumberDataset test(images({1}), numbers, &s);
  BOOST_TEST(target(test, 0) == 97 / s.stddev[0]);
  BOOST_TEST(train.target_count() == 1);
  BOOST_TEST(train.class_count() == 0);
}

BOOST_AUTO_TEST_CASE(equal_numbers_are_not_divided_by_nothing) {
  const NumberDataset data(images({0, 1}), {7, 7});
  BOOST_TEST(target(data, 1) == 0);
  BOOST_TEST(data.target_standardization().stddev.at(0) == 1);
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_refused) {
  CHECK_FAILS(NumberDataset(images({0, 2}), {1, 2}), "sample 1 has the number 2 of 2");
  CHECK_FAILS(NumberDataset(images({0, 1}), {1, std::numeric_limits<double>::infinity()}), "to predict");
  CHECK_FAILS(NumberDataset(images({}), {}), "there is no sample");
}

BOOST_AUTO_TEST_SUITE_END()
