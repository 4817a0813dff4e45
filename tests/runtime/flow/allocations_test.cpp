// A training step allocates nothing. oneDNN's own execute() builds small maps; those are not ours and not counted.
// The counting operator new below takes its memory from malloc; GCC notices only where it inlines one half.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#include <backflow/ops/onednn/allocations.h>

#include <malloc.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <new>

#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/jobs.h>
#include "tests/support/count_allocations.h"
#include "tests/support/graphs.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

void* counted_or_null(std::size_t bytes, std::size_t alignment) noexcept {
  if (CountAllocations::on() && !ForeignAllocations::here()) ++CountAllocations::count();
  return std::aligned_alloc(alignment, (bytes + alignment) / alignment * alignment);
}

void* counted(std::size_t bytes, std::size_t alignment = alignof(std::max_align_t)) {
  void* p = counted_or_null(bytes, alignment);
  if (!p) throw std::bad_alloc();
  return p;
}

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes); }
void* operator new[](std::size_t bytes) { return counted(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return counted_or_null(bytes, alignof(std::max_align_t));
}
void* operator new(std::size_t bytes, std::align_val_t a) { return counted(bytes, static_cast<std::size_t>(a)); }
void* operator new(std::size_t bytes, std::align_val_t a, const std::nothrow_t&) noexcept {
  return counted_or_null(bytes, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t bytes, std::align_val_t a) { return counted(bytes, static_cast<std::size_t>(a)); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

namespace {

/// A training step and what it needs.
struct Training {
  explicit Training(int threads, std::int64_t batch = 128) : scheduler(threads) {
    Graph g;
    graphs::mlp_step(g, batch, {784, 128, 128, 10});
    flow.emplace(g, store, scheduler, FlowOptions{.prefetch = [this](std::size_t) { ++loaded; }});
    flow->input("lr").as()[0] = 0.01F;
  }

  Store store;
  Scheduler scheduler;
  int loaded = 0;
  std::optional<Flow> flow;
};

/// Pages of this process that are in memory, in bytes.
std::size_t resident_bytes() {
  std::size_t total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(allocations)

BOOST_AUTO_TEST_CASE(are_counted_on_every_thread) {
  const CountAllocations counter;
  const std::unique_ptr<int> one(new int(1));
  BOOST_CHECK_EQUAL(counter.so_far(), 1);
  const ForeignAllocations inside_onednn;
  const std::unique_ptr<int> two(new int(2));
  BOOST_CHECK_EQUAL(counter.so_far(), 1);
}

BOOST_AUTO_TEST_CASE(a_training_step_makes_none) {
  for (int threads : {1, 2, 4, 8}) {
    Training t(threads);
    for (int step = 0; step < 50; ++step) t.flow->run();
    // A worker makes its scratch block when it first works, which may be late: each may spoil one round.
    std::size_t made = 1;
    for (int round = 0; round <= threads && made > 0; ++round) {
      const CountAllocations counter;
      for (int step = 0; step < 100; ++step) t.flow->run();
      made = counter.so_far();
    }
    BOOST_CHECK_MESSAGE(made == 0, made << " in 100 steps on " << threads << " threads");
  }
}

BOOST_AUTO_TEST_CASE(a_step_of_a_job_makes_none) {
  for (int threads : {1, 2, 4}) {
    Training t(threads);
    std::size_t made = 1;
    std::optional<CountAllocations> counter;
    // As above: rounds of 100 steps, until one is without.
    const auto after = [&](Flow&, std::int64_t step) {
      if (step % 100 != 99) return true;
      if (counter) made = counter->so_far();
      counter.reset();
      if (made > 0) counter.emplace();
      return made > 0;
    };
    t.scheduler.submit(std::make_unique<train::FlowJob>(*t.flow, 100 * (threads + 3), nullptr, after)).wait();
    BOOST_CHECK_MESSAGE(made == 0, made << " in 100 steps on " << threads << " threads");
  }
}

BOOST_AUTO_TEST_CASE(memory_does_not_grow_over_two_thousand_steps) {
  Training t(2, 16);
  for (int step = 0; step < 200; ++step) t.flow->run();
  // As above: a worker that first works late makes its scratch block then, so each may spoil one round.
  std::size_t heap = 0, grown = 1;
  int steps = 200;
  const std::size_t resident = resident_bytes();
  for (int round = 0; round <= 2 && grown > 0; ++round, steps += 2000) {
    heap = ::mallinfo2().uordblks;
    for (int step = 0; step < 2000; ++step) t.flow->run();
    grown = ::mallinfo2().uordblks > heap + 64 * 1024 ? ::mallinfo2().uordblks - heap : 0;
  }
  BOOST_CHECK_EQUAL(t.loaded, steps);
  BOOST_CHECK_EQUAL(grown, 0);
  BOOST_CHECK_LE(resident_bytes(), resident + 2 * 1024 * 1024);
}

BOOST_AUTO_TEST_SUITE_END()
