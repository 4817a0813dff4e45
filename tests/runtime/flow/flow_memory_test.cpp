#include <backflow/runtime/flow/flow_memory.h>
#include <backflow/runtime/scheduler/scheduler.h>

#include <backflow/runtime/train/evaluator.h>
#include "tests/support/small_data.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

std::size_t bytes_of(const Store& store) {
  std::size_t total = 0;
  for (const auto& [name, tensor] : store.tensors()) total += tensor.bytes();
  return total;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(flow_memory)

BOOST_AUTO_TEST_CASE(is_known_before_a_trainer_or_an_evaluator_is_made) {
  const data::ImageDataset data = small_dataset();
  const train::TrainOptions options{.epochs = 1, .batch = 16};
  for (const models::Network& network : {models::Network(models::mlp({24, 12}, 5)), models::Network(models::cnn(5))}) {
    Store store;
    Scheduler scheduler(2);
    train::Trainer trainer(network, data, store, scheduler, options);
    while (!trainer.done()) trainer.step();  // the last batch is smaller and has a flow of its own
    const std::size_t pictures = 64 * sizeof(float);
    const std::size_t expected = trainer.arena_bytes() + bytes_of(store) + 4 * 16 * pictures;
    const std::size_t got = train::Trainer::memory_bytes(network, data, options);
    BOOST_TEST(got > 0.9 * static_cast<double>(expected));
    BOOST_TEST(got < 1.2 * static_cast<double>(expected));
    BOOST_TEST(train::Evaluator::memory_bytes(network, data, 16) < got);
  }
}

BOOST_AUTO_TEST_CASE(counts_inputs_and_parameters) {
  Graph g;
  g.output("y", models::mlp({}, 5)(g.input("x", {{10, 1, 4, 4}})));
  const FlowMemory m = memory_of(g);
  BOOST_TEST(m.inputs == 4U * 160);
  BOOST_TEST(m.stored == 4U * (16 * 5 + 5));
  BOOST_TEST(m.arena >= 4U * 50);
}

BOOST_AUTO_TEST_SUITE_END()
