#include "runtime/scheduler.h"

#include <atomic>
#include <chrono>
#include <thread>

#include "runtime/flow.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

/// Two that must run at the same time: each says that it is there and waits for the other.
struct Meeting {
  std::atomic<int> arrived{0};

  void wait() {
    ++arrived;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (arrived < 2) {
      require(std::chrono::steady_clock::now() < end, "nobody else came");
      std::this_thread::yield();
    }
  }
};

class Meets final : public Op {
 public:
  explicit Meets(Meeting& meeting) : meeting_(meeting) {}
  std::string kind() const override { return "meets"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View>) const override {
    return loop_kernel([this](const Buffers&) { meeting_.wait(); });
  }

 private:
  Meeting& meeting_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_scheduler_with_few_threads_does_not_take_them_from_another) {
  const Scheduler one(1);
  Scheduler two(2);
  Meeting meeting;
  Graph g;
  g.output("y", g.add(std::make_shared<Meets>(meeting), {g.input("x", {{1}})})[0]);
  Store store;
  Flow flow(g, store, two, {.beside = [&] { meeting.wait(); }});
  BOOST_CHECK_NO_THROW(flow.run());
}

BOOST_AUTO_TEST_CASE(a_scheduler_has_the_threads_that_were_asked_for) {
  for (int threads : {1, 2, 8}) BOOST_CHECK_EQUAL(Scheduler(threads).threads(), threads);
  BOOST_CHECK_EQUAL(Scheduler().threads(), available_cpus());
  CHECK_FAILS(Scheduler(-1), "threads needs to be 1 … 1024, got -1");
  CHECK_FAILS(Scheduler(2000), "got 2000");
}
