#include <backflow/runtime/train/batch_loop.h>

#include <backflow/ops/identity.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/small_data.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::train;

namespace {

void hand_out(Graph& g, Value images, Value labels) {
  g.output("images", identity(images));
  g.output("loss", softmax_cross_entropy(flatten(images), labels));
}

/// A loop that hands its images out.
struct Images {
  explicit Images(std::int64_t batch, bool shuffle = true, int threads = 2)
      : batches(data, batch, 7, shuffle), scheduler(threads), loop(batches, hand_out, store, scheduler, {}) {}

  std::vector<float> next() {
    Flow& flow = loop.flow();
    loop.run();
    const auto out = flow.output("images");
    return {out.begin(), out.end()};
  }

  /// Batch `index` of `epoch` as Batches gives it.
  std::vector<float> expected(std::uint32_t epoch, std::size_t index) const {
    data::Epoch order;
    batches.start(order, epoch);
    const auto n = static_cast<std::size_t>(batches.size_of(index));
    std::vector<float> images(64 * n);
    std::vector<std::int32_t> labels(n);
    batches.fill(order, index, images.data(), labels.data());
    return images;
  }

  data::ImageDataset data = small_dataset(20);
  data::Batches batches;
  Store store;
  Scheduler scheduler;
  BatchLoop loop;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(batch_loop)

BOOST_AUTO_TEST_CASE(every_batch_of_every_epoch_arrives_in_order) {
  for (int threads : {1, 2, 4, 8}) {
    Images images(8, true, threads);
    for (std::uint32_t epoch = 0; epoch < 3; ++epoch)
      for (std::size_t index = 0; index < 3; ++index) {
        BOOST_TEST(images.loop.epoch() == epoch);
        BOOST_TEST(images.loop.index() == index);
        BOOST_TEST(images.loop.batch_size() == (index < 2 ? 8 : 4));
        BOOST_TEST((images.next() == images.expected(epoch, index)));
      }
  }
}

BOOST_AUTO_TEST_CASE(can_go_on_at_any_batch) {
  Images images(8);
  images.next();
  for (auto [epoch, index] : {std::pair<std::uint32_t, std::size_t>{2, 1}, {0, 0}, {1, 2}, {1, 2}}) {
    images.loop.seek(epoch, index);
    BOOST_TEST((images.next() == images.expected(epoch, index)));
  }
}

BOOST_AUTO_TEST_CASE(a_batch_larger_than_the_data_is_all_of_it) {
  Images images(1000, false);
  BOOST_TEST(images.loop.batch_size() == 20);
  BOOST_TEST((images.next() == images.expected(0, 0)));
  BOOST_TEST(images.loop.epoch() == 1U);
}

BOOST_AUTO_TEST_CASE(there_is_one_flow_for_each_batch_size) {
  Images images(8);
  const Flow* full = &images.loop.flow();
  images.loop.run();
  BOOST_TEST(&images.loop.flow() == full);
  images.loop.run();
  const Flow* last = &images.loop.flow();
  BOOST_TEST(last != full);
  images.loop.run();
  BOOST_TEST(&images.loop.flow() == full);
  images.loop.seek(5, 2);
  BOOST_TEST(&images.loop.flow() == last);
}

BOOST_AUTO_TEST_SUITE_END()
