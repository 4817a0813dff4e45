#include "examples/apps/train/train_settings.h"

#include "examples/apps/common/program.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

TrainSettings unusual() {
  TrainSettings s;
  s.model = "cnn", s.hidden = {7}, s.epochs = 3, s.optimizer = train::Optimizer::adamw, s.learning_rate = 1.0F / 3;
  s.schedule.kind = train::ScheduleKind::step, s.schedule.drop = 0.1, s.nesterov = true, s.seed = ~std::uint64_t{0};
  s.precision = Precision::bf16;
  return s;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(train_settings)

BOOST_AUTO_TEST_CASE(survive_a_checkpoints_metadata) {
  const Metadata m = metadata_of(unusual());
  BOOST_TEST(m.at("lr") == "0.33333334");
  BOOST_TEST(m.at("optimizer") == "adamw");
  BOOST_TEST((metadata_of(settings_from(m, {}, {}, "x")) == m));
}

BOOST_AUTO_TEST_CASE(of_a_run_are_held_against_those_that_are_given) {
  const Metadata m = metadata_of(unusual());
  TrainSettings mine;
  mine.batch = 4;
  BOOST_CHECK_NO_THROW(settings_from(m, mine, {"out"}, "x"));
  CHECK_THROWS(UsageError, settings_from(m, mine, {"batch"}, "x"), "--batch is 4, but the run in 'x' has 128");
}

BOOST_AUTO_TEST_CASE(of_a_run_may_have_more_epochs) {
  TrainSettings mine;
  mine.epochs = 4;
  BOOST_TEST(settings_from(metadata_of(unusual()), mine, {"epochs"}, "x").epochs == 4);
  BOOST_TEST(settings_from(metadata_of(unusual()), mine, {}, "x").epochs == 3);
}

BOOST_AUTO_TEST_CASE(that_a_file_lacks_or_damages_are_refused_with_its_name) {
  Metadata m = metadata_of(unusual());
  m["optimizer"] = "lbfgs";
  CHECK_FAILS(settings_from(m, {}, {}, "x"),
              "'x': 'optimizer' needs to be sgd, adam, adamw, rmsprop or lion, got 'lbfgs'");
  m = metadata_of(unusual());
  m["epochs"] = "many";
  CHECK_FAILS(settings_from(m, {}, {}, "x"), "'x': 'epochs' needs to be a whole number, got 'many'");
  m.erase("epochs");
  CHECK_FAILS(settings_from(m, {}, {}, "x"), "'x' has no entry 'epochs': it is not a checkpoint of train");
  BOOST_TEST(completed({{"grey", "true"}}).at("grey") == "true");
  BOOST_TEST(completed({}).at("image-size") == "0");
  BOOST_TEST(completed({}).at("robust") == "none");
  m = metadata_of(unusual());
  m.erase("precision");
  BOOST_TEST((settings_from(m, {}, {}, "x").precision == Precision::f32));
}

BOOST_AUTO_TEST_CASE(of_a_network_that_is_trained_further_are_in_the_metadata_of_such_runs_alone) {
  BOOST_TEST(!metadata_of(TrainSettings()).contains("freeze"));
  TrainSettings s;
  s.from = "net.onnx", s.freeze = "backbone", s.layer_lr = "a=0.5,b=c=2", s.head_lr = 0.1F, s.cache_features = true;
  const Metadata m = metadata_of(s);
  BOOST_TEST(m.at("model") == "");
  BOOST_TEST(m.at("head-lr") == "0.1");
  BOOST_TEST((metadata_of(settings_from(m, {}, {}, "x")) == m));
  const models::FineTuningOptions o = fine_tuning_options(s);
  BOOST_TEST((o.layer_rates == std::vector<std::pair<std::string, float>>{{"a", 0.5F}, {"b=c", 2.0F}}));
  BOOST_TEST(o.head_rate == 2.0F);
  TrainSettings mine;
  mine.from = "other.onnx";
  CHECK_THROWS(UsageError, settings_from(m, mine, {"from"}, "x"),
               "--from is other.onnx, but the run in 'x' has net.onnx");
  CHECK_THROWS(UsageError, settings_from(metadata_of(TrainSettings()), mine, {"from"}, "x"),
               "--from is other.onnx, but the run in 'x' has none");
}

BOOST_AUTO_TEST_CASE(of_robust_training_are_in_the_metadata) {
  TrainSettings s;
  s.robust = "linf:8/255", s.robust_loss = train::RobustLoss::trades, s.attack_steps = 5, s.trades_beta = 3;
  const Metadata m = metadata_of(s);
  BOOST_TEST((m.at("robust") == "linf:8/255" && m.at("robust-loss") == "trades" && m.at("attack-steps") == "5"));
  BOOST_TEST((metadata_of(settings_from(m, {}, {}, "x")) == m));
  s.robust_loss = train::RobustLoss::free, s.accumulate = 2;
  CHECK_THROWS(UsageError, check(s), "--accumulate does not go with robust_loss free");
  s.robust = "linf:9";
  CHECK_THROWS(UsageError, check(s), "--robust needs NORM:RADIUS");
}

BOOST_AUTO_TEST_CASE(without_effect_are_refused) {
  TrainSettings s;
  s.optimizer = train::Optimizer::adam;
  BOOST_CHECK_NO_THROW(check(s));
  CHECK_THROWS(UsageError, check(s, {"momentum"}), "--momentum has no effect with optimizer adam");
  CHECK_THROWS(UsageError, check(TrainSettings(), {"drop"}), "--drop has no effect with schedule cosine");
}

BOOST_AUTO_TEST_SUITE_END()
