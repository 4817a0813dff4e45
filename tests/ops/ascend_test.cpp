#include <backflow/ops/ascend.h>

#include <cmath>

#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/test.h"

using namespace backflow;

namespace {

struct Step {
  float x, g, rate;
};

/// One step of images that hold x everywhere; a large one is cut into tiles.
std::vector<float> after(const Step& s, const AscendOptions& options, std::int64_t side = 3) {
  Graph g;
  Value x = g.state("x", {{2, 3, side, side}}, filled(s.x));
  ascend(x, g.input("g", x.spec()), g.input("rate", {{1}}), options);
  Store store;
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler);
  for (float& v : flow.input("g").as()) v = s.g;
  flow.input("rate").as()[0] = s.rate;
  flow.run();
  const auto result = store.at("x").as();
  return {result.begin(), result.end()};
}

void check_all(const std::vector<float>& values, float expected) {
  for (float v : values) BOOST_REQUIRE_CLOSE(v, expected, 1e-4);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ascend_)

BOOST_AUTO_TEST_CASE(goes_along_the_gradient) {
  check_all(after({.5F, 2, .1F}, {}), .7F);
  check_all(after({.5F, 2, .1F}, {}, 200), .7F);
}

BOOST_AUTO_TEST_CASE(is_drawn_towards_grey) { check_all(after({.65F, 0, .1F}, {.decay = .25F, .toward = .45F}), .6F); }

BOOST_AUTO_TEST_CASE(stays_in_bounds) {
  check_all(after({.5F, 20, .1F}, {.low = 0, .high = 1}), 1);
  check_all(after({.5F, -20, .1F}, {.low = .25F, .high = 1}), .25F);
}

BOOST_AUTO_TEST_CASE(says_when_the_image_becomes_nan) {
  CHECK_FAILS(after({.5F, NAN, .1F}, {.low = 0, .high = 1}), "the image became NaN");
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  Value x = g.state("x", {{2, 3}}, zeros()), d = g.input("d", {{2, 3}}), rate = g.input("rate", {{1}});
  CHECK_FAILS(ascend(x, rate, rate), "x has shape [2, 3], its gradient [1]");
  CHECK_FAILS(ascend(x, d, d), "rate needs shape [1], got [2, 3]");
  CHECK_FAILS(ascend(x, d, rate, {.decay = 2}), "decay needs to be in 0 … 1, got 2");
  CHECK_FAILS(ascend(x, d, rate, {.low = 1, .high = 0}), "low needs to be below high, got 1 and 0");
}

BOOST_AUTO_TEST_SUITE_END()
