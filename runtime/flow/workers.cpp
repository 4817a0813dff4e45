#include <backflow/runtime/flow/workers.h>

#include <tbb/global_control.h>
#include <tbb/info.h>
#include <tbb/task_arena.h>
#include <tbb/task_scheduler_observer.h>

#include <algorithm>
#include <optional>
#include <vector>

#include <backflow/graph/error.h>
#include <backflow/ops/onednn/kernel_thread.h>
#include <backflow/runtime/flow/fork.h>
#include <backflow/runtime/flow/tensor.h>

namespace backflow {
namespace {

constexpr int kMaxThreads = 1024;

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

struct Workers::Impl {
  explicit Impl(int threads)
      : limit(raised_limit(threads + 1)),
        arena(threads, 0),
        ready(arena),
        scratch(static_cast<std::size_t>(threads) + 1) {}

  /// A limit holds for the whole process, and the smallest one counts: set only where oneTBB would make too few, and
  /// then so high that no other arena is short of threads.
  static std::unique_ptr<tbb::global_control> raised_limit(int threads) {
    if (threads <= tbb::info::default_concurrency()) return nullptr;
    return std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism, kMaxThreads + 1);
  }

  std::unique_ptr<tbb::global_control> limit;
  tbb::task_arena arena;
  ReadyForKernels ready;
  // One block for each worker, used by it alone. An arena for one thread has two places: its caller's and a worker's.
  std::vector<Memory> scratch;
  Trace* trace = nullptr;
  OneProcess process;
};

Workers::Workers(int threads) {
  require(threads >= 1 && threads <= kMaxThreads, "[scheduler] threads needs to be 1 … ", kMaxThreads, ", got ",
          threads);
  impl_ = std::make_unique<Impl>(threads);
}

Workers::~Workers() { leave_if_forked(impl_, impl_->process); }

int Workers::threads() const { return impl_->arena.max_concurrency(); }

void Workers::set_trace(Trace* trace) { impl_->trace = trace; }

Trace* Workers::trace() const { return impl_->trace; }

void Workers::execute(const std::function<void()>& body) {
  impl_->process.require_here();
  impl_->arena.execute(body);
}

void Workers::enqueue(std::function<void()> body) {
  impl_->process.require_here();
  impl_->arena.enqueue(std::move(body));
}

int Workers::worker() { return std::max(0, tbb::this_task_arena::current_thread_index()); }

std::byte* Workers::scratch(std::size_t bytes) {
  Memory& block = impl_->scratch.at(static_cast<std::size_t>(worker()));
  if (block.bytes() < bytes) block = Memory(bytes);
  return block.data();
}

}  // namespace backflow
