// Pictures of a folder as batches, with nothing to train: what decoding, resizing and standardising take.
// bench_pictures --data DIR --size 224 --batch 64 --threads 0; a step is a batch.
#include <algorithm>

#include <backflow/ops/reduce_mean.h>
#include <backflow/runtime/data/batches.h>
#include <backflow/runtime/data/find_dataset.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/batch_loop.h>
#include "tests/bench/rounds.h"

using namespace backflow;

namespace {

const bench::Flags kDefaults{{"--data", ""}, {"--size", "224"}, {"--batch", "64"}, {"--threads", "0"}};

}  // namespace

int main(int argc, char** argv) {
  return bench::guarded("bench_pictures", [&] {
    const bench::Flags flags = bench::flags_of(argc, argv, kDefaults);
    Scheduler scheduler(std::stoi(flags.at("--threads")));
    data::Split split;
    scheduler.execute([&] {
      split =
          data::find_dataset(flags.at("--data"), {.pictures = {.size = std::stoll(flags.at("--size")), .cache = 0}});
    });
    Store store;
    const data::Batches batches(*split.train, std::stoll(flags.at("--batch")));
    train::BatchLoop loop(batches, [](Graph& g, Value images, Value) { g.output("mean", reduce_mean(images, {})); },
                          store, scheduler, {});
    bench::answer_rounds([&](long steps) {
      for (long i = 0; i < steps; ++i) loop.run();
    });
  });
}
