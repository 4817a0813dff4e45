#include <backflow/runtime/scheduler/scheduler.h>

#include <omp.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <thread>

#include <backflow/runtime/flow/flow.h>
#include "tests/support/test.h"

using namespace backflow;

namespace {

/// Some that must run at the same time: each says that it is there and waits for the others.
struct Meeting {
  int expected;
  std::atomic<int> arrived{0};

  void wait() {
    ++arrived;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (arrived < expected) {
      require(std::chrono::steady_clock::now() < end, "only ", arrived, " of ", expected, " came");
      std::this_thread::yield();
    }
  }
};

class Meets final : public Op {
 public:
  explicit Meets(Meeting& meeting) : meeting_(meeting) {}
  std::string kind() const override { return "meets"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  Tiling tiling(const Signature& whole) const override {
    Tiling t = Op::tiling(whole);
    t.nanoseconds = 1e6;  // long enough to be a task of its own
    return t;
  }
  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View>) const override {
    return loop_kernel([this](const Buffers&) { meeting_.wait(); });
  }

 private:
  Meeting& meeting_;
};

/// Whether denormals are zero here, as operands and as results.
bool flushes_denormals() {
  volatile float smallest = std::numeric_limits<float>::min(), half = 0.5F, denormal = 1e-39F, large = 0x1p100F;
  return smallest * half == 0 && denormal * large == 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scheduler)

BOOST_AUTO_TEST_CASE(a_scheduler_with_few_threads_does_not_take_them_from_another) {
  for (int few : {1, available_cpus(), available_cpus() + 1}) {
    const Scheduler small(few);
    Scheduler large(few + 2);
    Meeting meeting{few + 2};
    Graph g;
    const Value x = g.input("x", {{1}});
    for (int i = 0; i < few + 2; ++i) g.output(str_cat("y", i), g.add(std::make_shared<Meets>(meeting), {x})[0]);
    Store store;
    Flow flow(g, store, large);
    BOOST_CHECK_NO_THROW(flow.run());
  }
}

BOOST_AUTO_TEST_CASE(a_scheduler_has_the_threads_that_were_asked_for) {
  for (int threads : {1, 2, 8}) BOOST_CHECK_EQUAL(Scheduler(threads).threads(), threads);
  BOOST_CHECK_EQUAL(Scheduler().threads(), available_cpus());
  CHECK_FAILS(Scheduler(-1), "threads needs to be 1 … 1024, got -1");
  CHECK_FAILS(Scheduler(2000), "got 2000");
}

BOOST_AUTO_TEST_CASE(the_cpus_are_those_that_affinity_leaves) {
  cpu_set_t old, one;
  BOOST_REQUIRE_EQUAL(sched_getaffinity(0, sizeof old, &old), 0);
  BOOST_CHECK(available_cpus() >= 1 && available_cpus() <= CPU_COUNT(&old));
  int first = 0;
  while (!CPU_ISSET(first, &old)) ++first;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  sched_setaffinity(0, sizeof one, &one);
  BOOST_CHECK_EQUAL(available_cpus(), 1);
  BOOST_CHECK_EQUAL(Scheduler(0).threads(), 1);
  sched_setaffinity(0, sizeof old, &old);
}

BOOST_AUTO_TEST_CASE(a_thread_that_executes_is_ready_for_kernels_and_afterwards_as_before) {
  const int threads = omp_get_max_threads();
  BOOST_TEST(!flushes_denormals());
  Scheduler s(2);
  s.execute([&] {
    BOOST_CHECK_EQUAL(omp_get_max_threads(), 1);
    BOOST_TEST(flushes_denormals());
    Scheduler inner(1);
    inner.execute([] { BOOST_CHECK_EQUAL(omp_get_max_threads(), 1); });
    BOOST_TEST(flushes_denormals());
  });
  BOOST_CHECK_EQUAL(omp_get_max_threads(), threads);
  BOOST_TEST(!flushes_denormals());
}

BOOST_AUTO_TEST_CASE(an_exception_of_the_body_passes_through) {
  Scheduler s(2);
  CHECK_FAILS(s.execute([] { fail("no"); }), "no");
  bool ran = false;
  s.execute([&] { ran = true; });
  BOOST_CHECK(ran);
}

BOOST_AUTO_TEST_CASE(scratch_stays_until_more_is_wanted) {
  Scheduler s(2);
  s.execute([&] {
    std::byte* first = s.scratch(1000);
    BOOST_CHECK_EQUAL(s.scratch(100), first);
    BOOST_CHECK_EQUAL(reinterpret_cast<std::uintptr_t>(first) % 64, 0);
    std::fill_n(s.scratch(1'000'000), 1'000'000, std::byte{1});
    BOOST_CHECK(Scheduler::worker() >= 0 && Scheduler::worker() < s.threads());
  });
}

BOOST_AUTO_TEST_SUITE_END()
