#include "runtime/scheduler.h"

#include <sched.h>
#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/task_arena.h>
#include <tbb/task_scheduler_observer.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "graph/error.h"
#include "ops/kernel_thread.h"
#include "runtime/tensor.h"

namespace backflow {
namespace {

constexpr int kMostThreads = 1024;

/// CPUs that a cgroup's quota allows, version 2 then 1; nothing if there is no limit.
std::optional<double> cgroup_quota() {
  std::ifstream v2("/sys/fs/cgroup/cpu.max");
  std::string quota;
  double period = 0;
  if (v2 >> quota >> period && quota != "max" && period > 0) return std::stod(quota) / period;
  std::ifstream v1("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), v1_period("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
  double microseconds = 0;
  if (v1 >> microseconds && v1_period >> period && microseconds > 0 && period > 0) return microseconds / period;
  return {};
}

/// Bound to the arena: an observer without it does not see the arena's workers.
class ReadyForKernels final : public tbb::task_scheduler_observer {
 public:
  explicit ReadyForKernels(tbb::task_arena& arena) : tbb::task_scheduler_observer(arena) { observe(true); }
  ~ReadyForKernels() override { observe(false); }
  ReadyForKernels(const ReadyForKernels&) = delete;
  ReadyForKernels& operator=(const ReadyForKernels&) = delete;

  void on_scheduler_entry(bool) override {
    if (state().depth++ == 0) state().ready.emplace();
  }
  void on_scheduler_exit(bool) override {
    if (state().depth > 0 && --state().depth == 0) state().ready.reset();
  }

 private:
  // A thread can be in several arenas at once, one inside the other.
  struct State {
    int depth = 0;
    std::optional<KernelThread> ready;
  };
  static State& state() {
    static thread_local State value;
    return value;
  }
};

}  // namespace

int available_cpus() {
  cpu_set_t set;
  int cpus = 1;
  if (sched_getaffinity(0, sizeof set, &set) == 0) cpus = CPU_COUNT(&set);
  if (auto quota = cgroup_quota()) cpus = std::min(cpus, static_cast<int>(std::ceil(*quota)));
  return std::max(cpus, 1);
}

struct Scheduler::Impl {
  explicit Impl(int threads)
      : limit(raised_limit(threads)), arena(threads), ready(arena), scratch(static_cast<std::size_t>(threads)) {}

  /// A limit holds for the whole process, and the smallest one counts: set only where oneTBB would make too few.
  static std::unique_ptr<tbb::global_control> raised_limit(int threads) {
    if (threads <= tbb::info::default_concurrency()) return nullptr;
    return std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism, threads);
  }

  std::unique_ptr<tbb::global_control> limit;
  tbb::task_arena arena;
  ReadyForKernels ready;
  std::vector<Memory> scratch;  // one block for each worker, used by it alone
};

Scheduler::Scheduler(int threads) {
  require(threads >= 0 && threads <= kMostThreads, "[scheduler] threads needs to be 1 … ", kMostThreads, ", got ",
          threads);
  impl_ = std::make_unique<Impl>(threads == 0 ? available_cpus() : threads);
}

Scheduler::~Scheduler() = default;

int Scheduler::threads() const { return impl_->arena.max_concurrency(); }

void Scheduler::execute(const std::function<void()>& body) { impl_->arena.execute(body); }

int Scheduler::worker() { return std::max(0, tbb::this_task_arena::current_thread_index()); }

std::byte* Scheduler::scratch(std::size_t bytes) {
  Memory& block = impl_->scratch.at(static_cast<std::size_t>(worker()));
  if (block.bytes() < bytes) block = Memory(bytes);
  return block.data();
}

}  // namespace backflow
