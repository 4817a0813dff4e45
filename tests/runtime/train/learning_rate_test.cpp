#include <backflow/runtime/train/learning_rate.h>

#include <cmath>
#include <limits>

#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::train;

namespace {

void check(const Schedule& s, std::int64_t step, double expected) {
  BOOST_TEST_INFO("step " << step);
  BOOST_TEST(std::abs(s.at(step) - expected) < 1e-7);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(schedule)

BOOST_AUTO_TEST_CASE(constant_is_constant) {
  const Schedule s({.rate = 0.05, .steps = 10});
  for (std::int64_t step : {0, 5, 9, 1000}) check(s, step, 0.05);
}

BOOST_AUTO_TEST_CASE(step_drops_every_few_epochs) {
  const Schedule s(
      {.kind = ScheduleKind::step, .rate = 1, .steps = 40, .steps_per_epoch = 5, .drop_every = 2, .drop = 0.5});
  for (auto [step, rate] : {std::pair{0, 1.0}, {9, 1.0}, {10, 0.5}, {19, 0.5}, {20, 0.25}, {39, 0.125}})
    check(s, step, rate);
}

BOOST_AUTO_TEST_CASE(cosine_falls_to_zero_over_the_run) {
  // torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=8), lr 0.1
  const Schedule s({.kind = ScheduleKind::cosine, .rate = 0.1, .steps = 8});
  for (auto [step, rate] : {std::pair{0, 0.1}, {1, 0.0961939766}, {2, 0.0853553391}, {4, 0.05}, {7, 0.0038060234}})
    check(s, step, rate);
  check(s, 8, 0);
  check(s, 100, 0);
}

BOOST_AUTO_TEST_CASE(onecycle_rises_and_falls) {
  // torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.5, total_steps=n, cycle_momentum=False)
  const Schedule ten({.kind = ScheduleKind::onecycle, .rate = 0.5, .steps = 10});
  for (auto [step, rate] : {std::pair{0, 0.02}, {1, 0.26}, {2, 0.5}, {3, 0.4752423}, {7, 0.09412917}, {9, 2e-6}})
    check(ten, step, rate);
  const Schedule more({.kind = ScheduleKind::onecycle, .rate = 0.5, .steps = 37});
  for (auto [step, rate] : {std::pair{5, 0.2562676}, {10, 0.4998839}, {11, 0.4985118}, {20, 0.3403942}, {36, 2e-6}})
    check(more, step, rate);
  const Schedule short_one({.kind = ScheduleKind::onecycle, .rate = 1, .steps = 1});
  check(short_one, 0, 1);
  check(short_one, 100, 1.0 / 250'000);
  CHECK_FAILS(Schedule({.kind = ScheduleKind::onecycle, .steps = 9, .warmup = 1}),
              "has no effect with schedule onecycle");
}

BOOST_AUTO_TEST_CASE(each_kind_can_be_warmed_up) {
  for (const auto kind : {ScheduleKind::constant, ScheduleKind::step, ScheduleKind::cosine}) {
    const Schedule s({.kind = kind, .rate = 1, .steps = 12, .warmup = 4, .steps_per_epoch = 100});
    for (std::int64_t step = 0; step < 4; ++step) check(s, step, 0.25 * static_cast<double>(step + 1));
    check(s, 4, 1);
  }
  const Schedule cosine({.kind = ScheduleKind::cosine, .rate = 1, .steps = 12, .warmup = 4});
  check(cosine, 8, 0.5);
  check(cosine, 12, 0);
  const Schedule only_warmup({.kind = ScheduleKind::cosine, .rate = 1, .steps = 2, .warmup = 2});
  check(only_warmup, 1, 1);
  const Schedule dropping(
      {.kind = ScheduleKind::step, .rate = 1, .steps = 4, .warmup = 4, .steps_per_epoch = 2, .drop = 0.1});
  check(dropping, 2, 0.075);
}

BOOST_AUTO_TEST_CASE(says_what_is_wrong_with_an_option) {
  CHECK_FAILS(Schedule({.rate = -1}), "rate needs to be ≥ 0, got -1");
  CHECK_FAILS(Schedule({.rate = std::numeric_limits<double>::quiet_NaN()}), "got nan");
  CHECK_FAILS(Schedule({.steps = 0}), "steps needs to be ≥ 1, got 0");
  CHECK_FAILS(Schedule({.steps = 5, .warmup = 6}), "warmup needs to be in 0 … 5, got 6");
  CHECK_FAILS(Schedule({.steps_per_epoch = 0}), "steps_per_epoch needs to be ≥ 1, got 0");
  CHECK_FAILS(Schedule({.drop_every = 0}), "drop_every needs to be ≥ 1, got 0");
  CHECK_FAILS(Schedule({.drop = -1}), "drop needs to be ≥ 0, got -1");
}

BOOST_AUTO_TEST_SUITE_END()
