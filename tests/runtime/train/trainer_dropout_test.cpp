// Dropout of networks that a trainer trains: which mask a step has.
#include <backflow/runtime/train/trainer.h>

#include <set>

#include <backflow/runtime/models/layered_network.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/small_data.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::train;

BOOST_AUTO_TEST_SUITE(trainer_dropout)

BOOST_AUTO_TEST_CASE(dropout_depends_on_seed_and_step_alone) {
  const data::ImageDataset data = small_dataset();
  const models::Network network = models::layered_network(
      R"({"layers": ["flatten", {"linear": {"out": 24}}, "relu", "dropout", {"linear": {"out": "classes"}}]})", "", 5);
  TrainOptions o;
  o.schedule.kind = ScheduleKind::constant;
  o.learning_rate = 1e-30F;  // weights stay, losses tell the masks apart
  o.batch = 100;
  o.epochs = 4;
  const Trained one = run_training(network, data, o);
  BOOST_TEST(std::set(one.losses.begin(), one.losses.end()).size() == 4U);
  for (int threads : {2, 4}) BOOST_TEST((run_training(network, data, o, threads) == one));
  Store store;
  Scheduler scheduler(2);
  Trainer trainer(network, data, store, scheduler, o);
  trainer.resume(2);
  BOOST_TEST(trainer.step().loss == one.losses[2]);
  o.seed = 2;
  const auto others = run_training(network, data, o).losses;  // of other masks, and images in another order
  for (const float loss : others) BOOST_TEST(std::abs(loss - one.losses[0]) > 1e-5F);
}

BOOST_AUTO_TEST_SUITE_END()
