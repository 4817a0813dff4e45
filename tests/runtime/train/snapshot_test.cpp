#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/snapshot.h>

#include <backflow/runtime/train/checkpoint.h>

#include <atomic>
#include <thread>

#include <backflow/runtime/train/jobs.h>
#include "tests/support/small_data.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::train;

namespace {

TrainOptions options() {
  TrainOptions o;
  o.epochs = 3;
  o.batch = 16;
  return o;
}

std::map<std::string, std::vector<float>> parameters_of(const Trained& t) {
  auto result = t.tensors;
  std::erase_if(result, [](const auto& entry) { return !is_weight(entry.first); });
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(snapshot)

BOOST_AUTO_TEST_CASE(holds_the_parameters_of_its_step_whatever_training_does_later) {
  const data::ImageDataset data = small_dataset();
  const models::Network network = models::cnn(5);
  Store store;
  Scheduler scheduler(2);
  Trainer trainer(network, data, store, scheduler, options());
  Snapshots snapshots;
  BOOST_TEST(!snapshots.latest());
  std::vector<std::shared_ptr<const Snapshot>> kept;
  while (!trainer.done())
    if (trainer.step().step % 4 == 0) kept.push_back(snapshots.publish(store, trainer.steps_done()));
  BOOST_TEST(kept.size() == 5U);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    BOOST_TEST(kept[i]->version() == static_cast<std::int64_t>(i) + 1);
    BOOST_TEST(kept[i]->step() == 4 * kept[i]->version());
    const auto expected = parameters_of(run_training(network, data, options(), 1, kept[i]->step()));
    BOOST_TEST((plain_tensors(kept[i]->store()) == expected));
  }
  BOOST_TEST(snapshots.latest() == kept.back());
  std::size_t numbers = 0;
  for (const auto& [name, values] : plain_tensors(kept[0]->store())) numbers += values.size();
  BOOST_TEST(kept[0]->bytes() >= 4 * numbers);
}

BOOST_AUTO_TEST_CASE(a_watched_run_has_the_bits_of_an_unwatched_one_and_readers_see_whole_steps) {
  const data::ImageDataset data = small_dataset(), test = small_dataset(40, 2);
  const models::Network network = models::mlp({24, 12}, 5);
  const Trained expected = run_training(network, data, options());
  for (int threads : {1, 2, 4, 8}) {
    Store store;
    Scheduler scheduler(threads);
    Trainer trainer(network, data, store, scheduler, options());
    Snapshots snapshots;
    Trained got;
    std::mutex mutex;
    std::map<std::int64_t, double> seen;
    std::vector<JobHandle> readers;
    // An evaluation of each second step, from a snapshot, beside the training.
    const auto read = [&](std::shared_ptr<const Snapshot> snapshot) {
      auto own = std::make_shared<Store>(snapshot->store());
      auto evaluator = std::make_shared<Evaluator>(network, test, *own, scheduler, 16);
      return std::make_unique<EvaluateJob>(*evaluator, [&, own, evaluator, snapshot](const Evaluation& e) {
        const std::scoped_lock lock(mutex);
        seen[snapshot->step()] = e.loss;
      });
    };
    const auto after_step = [&](const StepReport& r) {
      got.losses.push_back(r.loss);
      if (r.step % 2 != 0) return;
      readers.push_back(scheduler.submit(std::make_unique<DeferredJob>(
          0, [&, snapshot = snapshots.publish(store, r.step)] { return read(snapshot); })));
    };
    scheduler.submit(std::make_unique<TrainJob>(trainer, nullptr, TrainHooks{.after_step = after_step})).wait();
    for (auto& r : readers) r.wait();
    got.tensors = plain_tensors(store);
    BOOST_TEST((got == expected));
    BOOST_TEST(seen.size() == 10U);
    for (const auto& [step, loss] : seen) {
      Store then;
      Trainer again(network, data, then, scheduler, options());
      while (again.steps_done() < step) again.step();
      Evaluator evaluator(network, test, then, scheduler, 16);
      BOOST_TEST(evaluator.run().loss == loss);
    }
  }
}

BOOST_AUTO_TEST_CASE(can_be_put_into_a_store_that_flows_use) {
  const data::ImageDataset data = small_dataset();
  Store trained, store;
  Scheduler scheduler(2);
  Trainer trainer(models::cnn(5), data, trained, scheduler, options());
  for (int i = 0; i < 10; ++i) trainer.step();
  Evaluator evaluator(models::cnn(5), data, store, scheduler, 16),
      expected(models::cnn(5), data, trained, scheduler, 16);
  BOOST_TEST(evaluator.run().loss != expected.run().loss);
  Snapshot(trained, 1, 10, is_weight).assign_to(store);
  BOOST_TEST(evaluator.run().loss == expected.run().loss);
}

BOOST_AUTO_TEST_SUITE_END()
