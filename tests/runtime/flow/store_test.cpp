#include <backflow/runtime/flow/store.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tests/support/test.h"

using namespace backflow;

namespace {

std::vector<float> values(const Tensor& t) {
  const auto span = t.as();
  return {span.begin(), span.end()};
}

struct Moments {
  double mean = 0, stddev = 0;
  float low = 0, high = 0;
};

Moments moments(const Initializer& initial) {
  const auto v = values(draw("w", {{100, 200}}, initial, 3));
  Moments m;
  for (float x : v) m.mean += x / static_cast<double>(v.size());
  for (float x : v) m.stddev += (x - m.mean) * (x - m.mean) / static_cast<double>(v.size());
  m.stddev = std::sqrt(m.stddev);
  std::tie(m.low, m.high) = std::pair{*std::min_element(v.begin(), v.end()), *std::max_element(v.begin(), v.end())};
  return m;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(store)

BOOST_AUTO_TEST_CASE(a_draw_depends_on_seed_and_name_alone) {
  const auto a = values(draw("w", {{10}}, uniform(0, 1), 1));
  BOOST_CHECK(values(draw("w", {{10}}, uniform(0, 1), 1)) == a);
  BOOST_CHECK(values(draw("w", {{10}}, uniform(0, 1), 2)) != a);
  BOOST_CHECK(values(draw("v", {{10}}, uniform(0, 1), 1)) != a);
  const auto longer = values(draw("w", {{20}}, uniform(0, 1), 1));
  BOOST_CHECK(std::equal(a.begin(), a.end(), longer.begin()));
}

BOOST_AUTO_TEST_CASE(draws_have_the_moments_that_were_asked_for) {
  const Moments u = moments(uniform(-1, 3)), n = moments(normal(2, 0.5F)), k = moments(kaiming_uniform(6));
  BOOST_CHECK_CLOSE(u.mean, 1.0, 3);
  BOOST_CHECK_CLOSE(u.stddev, 4 / std::sqrt(12.0), 2);
  BOOST_CHECK(u.low >= -1 && u.low < -0.99F && u.high < 3 && u.high > 2.99F);
  BOOST_CHECK_CLOSE(n.mean, 2.0, 1);
  BOOST_CHECK_CLOSE(n.stddev, 0.5, 2);
  BOOST_CHECK(k.low >= -1 && k.high <= 1 && k.high > 0.99F);
}

BOOST_AUTO_TEST_CASE(given_values_are_taken_in_row_major_order) {
  BOOST_CHECK(values(draw("w", {{2, 2}}, from_values({1, 2, 3, 4}), 1)) == (std::vector<float>{1, 2, 3, 4}));
  BOOST_CHECK(values(draw("w", {{2}}, filled(7), 1)) == (std::vector<float>{7, 7}));
}

BOOST_AUTO_TEST_CASE(integers_can_only_be_zero) {
  BOOST_CHECK_EQUAL(draw("n", {{2}, Type::s32}, zeros(), 1).as<std::int32_t>()[1], 0);
  CHECK_FAILS(draw("n", {{2}, Type::s32}, filled(1), 1), "[n] only f32 tensors can be drawn");
}

BOOST_AUTO_TEST_CASE(a_tensor_is_made_once_and_then_found) {
  Store store;
  Tensor& w = store.obtain("w", {{2, 3}}, Layout("ba"), from_values({1, 2, 3, 4, 5, 6}));
  BOOST_CHECK(values(w) == (std::vector<float>{1, 4, 2, 5, 3, 6}));
  BOOST_CHECK(values(store.plain("w")) == (std::vector<float>{1, 2, 3, 4, 5, 6}));
  BOOST_CHECK_EQUAL(&store.obtain("w", {{2, 3}}, Layout(), zeros()), &w);
  CHECK_FAILS(store.obtain("w", {{3, 2}}, Layout(), zeros()),
              "[w] the graph expects [3, 2], the stored tensor is [2, 3]");
}

BOOST_AUTO_TEST_CASE(the_draw_does_not_depend_on_the_layout) {
  Store a(9), b(9);
  a.obtain("w", {{5, 3}}, Layout(), normal(0, 1));
  b.obtain("w", {{5, 3}}, Layout("ba"), normal(0, 1));
  BOOST_CHECK(values(a.plain("w")) == values(b.plain("w")));
}

BOOST_AUTO_TEST_CASE(assigning_keeps_the_place_and_the_order_in_memory) {
  Store store;
  Tensor& w = store.obtain("w", {{2, 2}}, Layout("ba"), zeros());
  const std::byte* place = w.data();
  store.assign("w", Tensor({2, 2}, std::vector<float>{1, 2, 3, 4}));
  BOOST_CHECK_EQUAL(store.at("w").data(), place);
  BOOST_CHECK(values(w) == (std::vector<float>{1, 3, 2, 4}));
  CHECK_FAILS(store.assign("w", Tensor({4}, std::vector<float>(4))), "[w] expected [2, 2], got [4]");
}

BOOST_AUTO_TEST_CASE(assigning_an_unknown_name_adds_it) {
  Store store;
  store.assign("w", Tensor({2}, std::vector<float>{1, 2}));
  BOOST_CHECK(store.contains("w") && !store.contains("v"));
  BOOST_CHECK(values(store.at("w")) == (std::vector<float>{1, 2}));
}

BOOST_AUTO_TEST_CASE(a_missing_name_is_answered_with_those_that_exist) {
  Store store;
  store.assign("a", Tensor({1}, std::vector<float>{1}));
  store.assign("b", Tensor({1}, std::vector<float>{1}));
  CHECK_FAILS(store.at("c"), "[store] there is no tensor 'c'; there are: a, b");
}

BOOST_AUTO_TEST_CASE(a_frozen_tensor_cannot_be_assigned) {
  Store store;
  store.assign("w", Tensor({2}, std::vector<float>{1, 2}));
  store.freeze();
  CHECK_FAILS(store.assign("w", Tensor({2}, std::vector<float>{3, 4})), "'w' is frozen");
  store.assign("new", Tensor({1}, std::vector<float>{5}));
  BOOST_CHECK(values(store.at("w")) == (std::vector<float>{1, 2}));
}

BOOST_AUTO_TEST_CASE(a_derived_tensor_is_made_once) {
  Store store;
  int made = 0;
  const auto make = [&] { return ++made, Tensor({1}, std::vector<float>{7}); };
  const Tensor* first = &store.derived("twice(w)", make);
  BOOST_CHECK(first == &store.derived("twice(w)", make));
  BOOST_CHECK_EQUAL(made, 1);
  BOOST_CHECK(!store.contains("twice(w)"));
}

BOOST_AUTO_TEST_SUITE_END()
