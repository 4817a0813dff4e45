#include <backflow/ops/onednn/kernel_thread.h>

#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/test.h"

using namespace backflow;

namespace {

/// y = x / 2.
class Half final : public Op {
 public:
  std::string kind() const override { return "half"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  Tiling tiling(const Signature& s) const override {
    Tiling t = Op::tiling(s);
    t.nanoseconds = 100'000;  // long enough that several do not become one task
    return t;
  }
  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View>) const override {
    return loop_kernel([](const Buffers& b) { b.output()[0] = b.input()[0] / 2; });
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(denormals)

BOOST_AUTO_TEST_CASE(are_zero_in_every_task_whoever_runs_it) {
  for (int nodes : {1, 8})
    for (int threads : {1, 2, 4}) {
      Graph g;
      const Value x = g.input("x", {{1}});
      for (int n = 0; n < nodes; ++n) g.output("y" + std::to_string(n), g.add(std::make_shared<Half>(), {x})[0]);
      Store store;
      Scheduler scheduler(threads);
      Flow flow(g, store, scheduler);
      flow.input("x").as()[0] = 2e-38F;  // the smallest normal number is 1.18e-38
      for (int step = 0; step < 3; ++step) flow.run();
      for (int n = 0; n < nodes; ++n)
        BOOST_TEST(flow.scalar("y" + std::to_string(n)) == 0, nodes << " nodes, " << threads << " threads");
    }
}

BOOST_AUTO_TEST_CASE(count_again_for_the_caller) {
  volatile float x = 2e-38F;
  {
    const KernelThread thread;
    BOOST_TEST(x / 2 == 0);
    const KeepDenormals keep;
    BOOST_TEST(x / 2 > 0);
  }
  BOOST_TEST(x / 2 > 0);
}

BOOST_AUTO_TEST_SUITE_END()
