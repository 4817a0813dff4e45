#include <backflow/runtime/flow/fork.h>

#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <backflow/graph/error.h>

namespace backflow {
namespace {

std::atomic<unsigned> forks{0};

/// Whether all threads but this one sleep: none of them is where it holds a lock for a moment.
bool others_sleep() {
  const std::string own = std::to_string(gettid());
  std::error_code error;
  for (std::filesystem::directory_iterator thread("/proc/self/task", error), end; !error && thread != end;
       thread.increment(error)) {
    if (thread->path().filename() == own) continue;
    std::ifstream file(thread->path() / "stat");
    std::string stat;
    std::getline(file, stat);
    const auto name = stat.rfind(')');  // the state follows the name: man 5 proc
    if (name != std::string::npos && name + 2 < stat.size() && stat[name + 2] != 'S') return false;
  }
  return true;
}

/// A forked process inherits oneTBB's locks as they are: one that a worker holds, on its way to sleep, stays locked
/// there, and the first arena hangs. Workers sleep soon after a run; threads that go on are not waited for long.
void wait_for_workers() {
  constexpr auto patience = std::chrono::milliseconds(500), pause = std::chrono::milliseconds(1);
  for (auto waited = pause; !others_sleep() && waited < patience; waited += pause) std::this_thread::sleep_for(pause);
}

}  // namespace

unsigned fork_count() {
  static const int registered = pthread_atfork(wait_for_workers, nullptr, [] { ++forks; });
  require(registered == 0, "[scheduler] pthread_atfork failed");
  return forks;
}

void OneProcess::require_here() const {
  require(is_here(),
          "[scheduler] its threads belong to the process that made it, not to one forked since; make a "
          "Scheduler and a Flow after fork(), or start the process in another way");
}

}  // namespace backflow
