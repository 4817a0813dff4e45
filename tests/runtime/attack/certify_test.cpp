#include <backflow/runtime/attack/certify.h>

#include <cmath>

#include "tests/support/attacks.h"
#include "tests/support/test.h"

using namespace backflow;
using attack::certified_radius;

namespace {

/// P(X ≥ votes) of a binomial distribution, by its definition.
double tail(std::int64_t votes, std::int64_t copies, double p) {
  double sum = 0;
  for (std::int64_t k = votes; k <= copies; ++k)
    sum += std::exp(std::lgamma(copies + 1.0) - std::lgamma(k + 1.0) - std::lgamma(copies - k + 1.0) + k * std::log(p) +
                    (copies - k) * std::log1p(-p));
  return sum;
}

double normal_share_below(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }

/// The sign of x₀ − 0.5 is the class; only the first pixel counts.
Value half_space(Value pixels) {
  std::vector<float> w(16);
  w[0] = 10;
  w[8] = -10;
  return linear(flatten(pixels), pixels.graph->constant("w", {{2, 8}}, from_values(w)),
                pixels.graph->constant("b", {{2}}, from_values({-5, 5})));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(certify_)

BOOST_AUTO_TEST_CASE(the_bound_is_where_so_many_votes_are_as_improbable_as_alpha) {
  for (const auto& [votes, copies, alpha] :
       {std::tuple{990, 1000, 0.001}, {600, 1000, 0.05}, {77, 100, 0.01}, {100, 100, 0.001}}) {
    const auto radius = certified_radius(votes, copies, alpha, 2);
    BOOST_REQUIRE(radius.has_value());
    BOOST_CHECK_CLOSE(tail(votes, copies, normal_share_below(*radius / 2)), alpha, 1e-4);
  }
}

BOOST_AUTO_TEST_CASE(half_of_the_votes_certify_nothing) {
  for (const std::int64_t votes : {0, 50, 55, 64}) BOOST_TEST(!certified_radius(votes, 100, 0.001, 1).has_value());
  BOOST_TEST(certified_radius(67, 100, 0.001, 1).has_value());
  CHECK_FAILS(certified_radius(101, 100, 0.001, 1), "101 of 100 copies");
}

BOOST_AUTO_TEST_CASE(of_a_half_space_the_radius_is_nearly_the_distance_to_its_border) {
  std::vector<std::vector<attack::Certificate>> all;
  for (const int threads : {1, 2, 4, 8}) {
    Scheduler scheduler(threads);
    Store store;
    attack::Victim victim(half_space, {1, 2, 4}, store, scheduler, 64);
    attack::Samples samples{.image = {1, 2, 4}, .pixels = std::vector<float>(24, 0.5F), .labels = {0, 1, 0}};
    samples.pixels[0] = 0.75F;
    samples.pixels[8] = 0.35F;
    samples.pixels[16] = 0.502F;  // too near to tell
    all.push_back(certify(victim, samples, {.sigma = 0.25F, .copies = 20000}));
    const auto& c = all.back();
    BOOST_TEST(c[0].prediction.value_or(-1) == 0);
    BOOST_TEST(c[1].prediction.value_or(-1) == 1);
    BOOST_TEST(!c[2].prediction.has_value());
    BOOST_TEST((c[0].radius < 0.25 && c[0].radius > 0.235));
    BOOST_TEST((c[1].radius < 0.15 && c[1].radius > 0.14));
    for (std::size_t i = 0; i < 3; ++i) BOOST_TEST(c[i].votes == all.front()[i].votes);
    const attack::Certified s = summary(c, samples.labels, 0.25);
    BOOST_TEST((s.right == 2U && s.abstained == 1U));
    BOOST_TEST(s.certified.at(0) == 2U);
    BOOST_TEST(s.certified.at(3) == 1U);  // 0.1875
    BOOST_CHECK_CLOSE(s.mean_radius, (c[0].radius + c[1].radius) / 3, 1e-9);
  }
}

BOOST_AUTO_TEST_CASE(options_out_of_range_are_refused) {
  for (const attack::CertifyOptions& o : {attack::CertifyOptions{.sigma = 0},
                                          {.sigma = std::nanf("")},
                                          {.copies = 0},
                                          {.selection = 0},
                                          {.alpha = 0},
                                          {.alpha = 1}})
    CHECK_FAILS(check(o), "[certify]");
}

BOOST_AUTO_TEST_SUITE_END()
