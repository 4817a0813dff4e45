#include <backflow/ops/gaussian_noise.h>

#include "tests/support/batch.h"

using namespace backflow;

namespace {

proof::Builder builder() {
  return [](Graph&, const std::vector<Value>& v) { return gaussian_noise(v[0], v[1], v[2]); };
}

proof::Input key(std::vector<double> values) {
  const auto n = static_cast<std::int64_t>(values.size() / 4);
  return {{n, 4}, false, false, 0, 1, std::move(values), Type::s32};
}

/// Noise on zeros.
std::vector<float> noise(const Shape& x, std::vector<double> keys, double stddev) {
  const std::vector<proof::Input> inputs{
      {x, false, false, 0, 0}, key(std::move(keys)), {{1}, false, false, 0, 1, {stddev}}};
  std::vector<double> cotangent;
  return proof::detail::run(inputs, proof::detail::make_values(inputs, {}), builder(), cotangent, 2).y;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gaussian_noise_)

BOOST_AUTO_TEST_CASE(has_mean_0_and_the_deviation_that_was_asked_for) {
  const auto y = noise({1, 3, 200, 201}, {1, 0, 2, 3}, 2);
  double sum = 0, squares = 0;
  for (float v : y) sum += v;
  for (float v : y) squares += v * v;
  const auto count = static_cast<double>(y.size());
  BOOST_CHECK_SMALL(sum / count, .03);
  BOOST_CHECK_CLOSE(squares / count, 4.0, 2.0);
}

BOOST_AUTO_TEST_CASE(differs_by_every_part_of_the_key_and_repeats_with_the_same_one) {
  const auto y = noise({6, 5}, {1, 2, 3, 4, 9, 2, 3, 4, 1, 9, 3, 4, 1, 2, 9, 4, 1, 2, 3, 9, 1, 2, 3, 4}, 1);
  auto row = [&](int n) { return std::vector<float>(y.begin() + 5 * n, y.begin() + 5 * n + 5); };
  for (int n = 1; n < 5; ++n) BOOST_CHECK(row(0) != row(n));
  BOOST_CHECK(row(0) == row(5));
}

BOOST_AUTO_TEST_CASE(copies_when_the_deviation_is_zero) {
  for (float v : noise({2, 3}, {1, 2, 3, 4, 5, 6, 7, 8}, 0)) BOOST_CHECK_EQUAL(v, 0);
}

BOOST_AUTO_TEST_CASE(treats_each_sample_alone) {
  proof::check_samples_alone("gaussian_noise", {{{1, 3, 50, 41}}, key({1, 2, 3, 4}), {{1}, false, false, 0, 1, {.5}}},
                             builder(), 5, {2});
}

BOOST_AUTO_TEST_CASE(passes_gradients_through) {
  Graph g;
  Value x = g.input("x", {{2, 3}}), keys = g.input("k", {{2, 4}, Type::s32}), s = g.input("s", {{1}});
  Value seed = g.input("seed", {{2, 3}});
  BOOST_CHECK(gradient({gaussian_noise(x, keys, s)}, {x}, {seed})[0] == seed);
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  Value x = g.input("x", {{2, 3}}), s = g.input("s", {{1}});
  CHECK_FAILS(gaussian_noise(x, g.input("k", {{2, 3}, Type::s32}), s), "needs a key [4] s32 for each sample");
}

BOOST_AUTO_TEST_SUITE_END()
