#include <backflow/runtime/train/options.h>

#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::train;

namespace {

void refused(const TrainOptions& options, const std::string& given, const std::string& problem) {
  CHECK_FAILS(check_effects(options, {"epochs", given}), "[train] " + problem);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(train_options)

BOOST_AUTO_TEST_CASE(out_of_their_range_are_refused_with_what_was_given) {
  TrainOptions o;
  BOOST_CHECK_NO_THROW(check(o));
  o.momentum = 1;
  CHECK_FAILS(check(o), "[train] momentum needs to be in [0, 1), got 1");
  o = {.batch = 0};
  CHECK_FAILS(check(o), "[train] batch needs to be in 1 … 16777216, got 0");
  o = {.learning_rate = std::numeric_limits<float>::quiet_NaN()};
  CHECK_FAILS(check(o), "[train] learning_rate");
  o = {.momentum = 0, .nesterov = true};
  CHECK_FAILS(check(o), "[train] nesterov needs a momentum above 0, got 0");
  o = {};
  o.schedule.warmup = -1;
  CHECK_FAILS(check(o), "[train] warmup");
}

BOOST_AUTO_TEST_CASE(that_nothing_reads_are_refused_where_they_are_given) {
  const TrainOptions adam{.optimizer = Optimizer::adam}, adamw{.optimizer = Optimizer::adamw};
  refused(adam, "momentum", "momentum has no effect with optimizer adam");
  refused(adamw, "nesterov", "nesterov has no effect with optimizer adamw");
  refused({}, "drop", "drop has no effect with schedule constant");
  TrainOptions cosine;
  cosine.schedule.kind = ScheduleKind::cosine;
  refused(cosine, "drop_every", "drop_every has no effect with schedule cosine");
  refused(cosine, "drop-every", "drop_every has no effect with schedule cosine");
}

BOOST_AUTO_TEST_CASE(that_are_read_or_not_given_are_fine) {
  TrainOptions steps{.momentum = 0.5F, .nesterov = true};
  steps.schedule.kind = ScheduleKind::step;
  BOOST_CHECK_NO_THROW(check_effects(steps, {"momentum", "nesterov", "drop", "drop-every", "lr", "hidden"}));
  BOOST_CHECK_NO_THROW(check_effects({.optimizer = Optimizer::adam}, {"optimizer", "lr", "weight-decay"}));
}

BOOST_AUTO_TEST_SUITE_END()
