#include <backflow/ops/accuracy.h>
#include <backflow/runtime/scheduler/scheduler.h>

#include "tests/support/proof.h"

using namespace backflow;

namespace {

float run(std::int64_t rows, std::int64_t right, int threads) {
  Graph g;
  g.output("accuracy", accuracy(g.input("logits", {{rows, 5}}), g.input("labels", {{rows}, Type::s32})));
  Store store;
  Scheduler scheduler(threads);
  Flow flow(g, store, scheduler);
  for (std::int64_t r = 0; r < rows; ++r) {
    flow.input("logits").as()[static_cast<std::size_t>(r * 5 + r % 5)] = 1;
    flow.input("labels").as<std::int32_t>()[static_cast<std::size_t>(r)] =
        static_cast<std::int32_t>((r + (r < right ? 0 : 1)) % 5);
  }
  flow.run();
  return flow.scalar("accuracy");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(accuracy_)

BOOST_AUTO_TEST_CASE(is_the_share_of_right_answers_of_the_whole_batch) {
  for (int threads : {1, 4}) {
    BOOST_CHECK_EQUAL(run(1, 1, threads), 1.0F);
    BOOST_CHECK_EQUAL(run(8, 2, threads), 0.25F);
    BOOST_CHECK_CLOSE(run(200'000, 150'000, threads), 0.75F, 1e-3);
  }
}

BOOST_AUTO_TEST_CASE(wants_one_label_for_each_sample) {
  Graph g;
  CHECK_FAILS(accuracy(g.input("logits", {{4, 5}}), g.input("labels", {{3}, Type::s32})), "labels need shape [4] s32");
}

BOOST_AUTO_TEST_SUITE_END()
