// Two jobs at once on the same cores: one trains, one measures the weights of the step at which it looked. Neither
// waits for the other, and what they compute does not depend on one another.
#include <cmath>
#include <cstdio>
#include <random>

#include <backflow/runtime/data/image_dataset.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/jobs.h>
#include <backflow/runtime/train/snapshot.h>

using namespace backflow;

namespace {

/// Images of 8 × 8 in four classes: noise, and a bright quarter.
data::ImageDataset quarters(std::size_t count, unsigned seed) {
  data::ImageDataset data({1, 8, 8}, 4, {0.35F}, {0.25F});
  std::mt19937 random(seed);
  for (std::size_t i = 0; i < count; ++i) {
    const auto label = static_cast<int>(i % 4);
    for (int p = 0; p < 64; ++p) {
      const bool bright = p / 32 == label / 2 && p % 8 / 4 == label % 2;
      data.images.push_back(static_cast<std::uint8_t>(random() % 150 + (bright ? 60 : 0)));
    }
    data.labels.push_back(label);
  }
  return data;
}

}  // namespace

int main() {
  const data::ImageDataset train = quarters(4000, 1), test = quarters(1000, 2);
  const models::Network network = models::mlp({64, 64}, train.classes);

  Scheduler scheduler;
  Store store;
  train::Trainer trainer(network, train, store, scheduler, {.epochs = 4, .batch = 50});

  // Snapshots are copies of the weights that are taken between two steps; training does not stop.
  train::Snapshots snapshots;
  const auto publish = [&](const train::StepReport& r) {
    if (r.step % 20 == 0) snapshots.publish(store, r.step);
  };
  JobHandle training =
      scheduler.submit(std::make_unique<train::TrainJob>(trainer, nullptr, train::TrainHooks{.after_step = publish}),
                       {.name = "training", .share = 2});

  std::int64_t seen = 0;
  while (!training.wait_for(std::chrono::milliseconds(1))) {
    const auto snapshot = snapshots.latest();
    if (!snapshot || snapshot->version() == seen) continue;
    seen = snapshot->version();
    Store weights = snapshot->store();  // this version, whatever training does meanwhile
    train::Evaluator evaluator(network, test, weights, scheduler, 100);
    const JobStatus done =
        scheduler.submit(std::make_unique<train::EvaluateJob>(evaluator), {.name = "evaluation"}).wait();
    std::printf("after step %3ld: test accuracy %5.1f %%   (training is at step %ld of %ld)\n",
                static_cast<long>(snapshot->step()), 100 * done.progress.at("accuracy"),
                static_cast<long>(training.status().progress.done), static_cast<long>(trainer.total_steps()));
  }
  const JobStatus end = training.wait();
  std::printf("training took %.2f s, %.2f s of core time; last loss %.4f\n", end.seconds, end.busy_seconds,
              end.progress.at("loss"));
}
