#include <backflow/graph/random.h>

#include <set>

#include "tests/support/test.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(random_)

BOOST_AUTO_TEST_CASE(the_generator_is_philox_with_the_known_answers) {
  // Random123's kat_vectors, philox4x32 10: counter and key 0, and all bits set.
  const std::array<std::uint32_t, 4> zero{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  const std::array<std::uint32_t, 4> ones{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd};
  BOOST_CHECK(random_words(0, 0, 0, 0) == zero);
  BOOST_CHECK(random_words(~0ULL, ~0U, ~0U, ~0ULL) == ones);
}

BOOST_AUTO_TEST_CASE(seed_stream_step_and_counter_all_matter) {
  std::set<std::array<std::uint32_t, 4>> seen{random_words(1, 1, 1, 1), random_words(2, 1, 1, 1),
                                              random_words(1, 2, 1, 1), random_words(1, 1, 2, 1),
                                              random_words(1, 1, 1, 2), random_words(1, 1, 1, 1ULL << 32)};
  BOOST_CHECK_EQUAL(seen.size(), 6);
}

BOOST_AUTO_TEST_CASE(streams_come_from_names) {
  BOOST_CHECK_EQUAL(stream_of(""), 2166136261U);  // FNV-1a's published values
  BOOST_CHECK_EQUAL(stream_of("a"), 0xe40c292cU);
  BOOST_CHECK_EQUAL(stream_of("foobar"), 0xbf9cf968U);
}

BOOST_AUTO_TEST_CASE(uniform_numbers_are_below_one) {
  BOOST_CHECK_EQUAL(unit_uniform(0), 0);
  BOOST_CHECK_LT(unit_uniform(~0U), 1);
  BOOST_CHECK_EQUAL(unit_uniform(1U << 31), 0.5F);
}

BOOST_AUTO_TEST_CASE(normal_numbers_have_mean_zero_and_deviation_one) {
  double sum = 0, squares = 0, fourth = 0;
  constexpr int n = 200'000;
  for (int i = 0; i < n / 2; ++i) {
    const auto words = random_words(7, 7, 0, static_cast<std::uint64_t>(i));
    for (float x : unit_normals(words[0], words[1])) {
      sum += x;
      squares += x * x;
      fourth += std::pow(x, 4);
    }
  }
  BOOST_CHECK_SMALL(sum / n, 0.01);
  BOOST_CHECK_CLOSE(squares / n, 1.0, 1.0);
  BOOST_CHECK_CLOSE(fourth / n, 3.0, 3.0);
  for (float x : unit_normals(0, 0)) BOOST_CHECK(std::isfinite(x));
  for (float x : unit_normals(~0U, ~0U)) BOOST_CHECK(std::isfinite(x));
}

BOOST_AUTO_TEST_SUITE_END()
