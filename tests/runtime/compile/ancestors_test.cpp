#include <backflow/runtime/compile/ancestors.h>

#include <random>
#include <set>

#include "tests/support/proof.h"

using namespace backflow;

namespace {

/// Each unit waits for up to `most` of the `window` units before it.
Order random_order(std::size_t size, std::size_t most, std::size_t window, unsigned seed) {
  std::mt19937 random(seed);
  Order order;
  for (std::size_t u = 0; u < size; ++u) {
    std::set<std::size_t> before;
    for (std::size_t i = random() % (most + 1); i > 0 && u > 0; --i)
      before.insert(u - 1 - random() % std::min(u, window));
    order.units.push_back({u, 0});
    order.before.emplace_back(before.begin(), before.end());
  }
  return order;
}

/// The definition: all that a unit waits for, and what those wait for.
std::vector<std::set<std::size_t>> sets_of(const Order& order) {
  std::vector<std::set<std::size_t>> result(order.units.size());
  for (std::size_t u = 0; u < result.size(); ++u)
    for (std::size_t b : order.before[u]) {
      result[u].insert(b);
      result[u].insert(result[b].begin(), result[b].end());
    }
  return result;
}

void check_against_the_definition(const Order& order) {
  const Ancestors ancestors(order);
  const auto sets = sets_of(order);
  for (std::size_t u = 0; u < sets.size(); ++u) {
    std::size_t below = 0;
    while (sets[u].contains(below)) ++below;
    BOOST_REQUIRE_EQUAL(ancestors.ended_below(u), below);
    std::vector<std::size_t> direct;
    for (std::size_t b : order.before[u])
      if (std::none_of(order.before[u].begin(), order.before[u].end(), [&](auto c) { return sets[c].contains(b); }))
        direct.push_back(b);
    BOOST_REQUIRE(ancestors.without_waited_for(order.before[u]) == direct);
    for (std::size_t v = 0; v < sets.size(); ++v) BOOST_REQUIRE_EQUAL(ancestors.ends_before(v, u), sets[u].contains(v));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ancestors_)

BOOST_AUTO_TEST_CASE(are_everything_that_ends_before) {
  const Order order{{{0, 0}, {1, 0}, {2, 0}, {3, 0}}, {{}, {0}, {0}, {1}}};
  const Ancestors a(order);
  BOOST_CHECK(a.ends_before(0, 1) && a.ends_before(0, 2) && a.ends_before(0, 3) && a.ends_before(1, 3));
  BOOST_CHECK(!a.ends_before(2, 3) && !a.ends_before(1, 2) && !a.ends_before(3, 0) && !a.ends_before(1, 1));
}

BOOST_AUTO_TEST_CASE(agree_with_the_definition_whatever_waits_for_what) {
  for (unsigned seed = 0; seed < 20; ++seed)
    for (const auto& [most, window] : {std::pair{1, 1}, {1, 8}, {2, 3}, {3, 60}, {5, 12}})
      check_against_the_definition(random_order(60, most, window, seed));
}

BOOST_AUTO_TEST_SUITE_END()
