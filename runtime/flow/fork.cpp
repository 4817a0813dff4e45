#include <backflow/runtime/flow/fork.h>

#include <pthread.h>

#include <atomic>

#include <backflow/graph/error.h>

namespace backflow {
namespace {

std::atomic<unsigned> forks{0};

}  // namespace

unsigned fork_count() {
  static const int registered = pthread_atfork(nullptr, nullptr, [] { ++forks; });
  require(registered == 0, "[scheduler] pthread_atfork failed");
  return forks;
}

void OneProcess::require_here() const {
  require(is_here(),
          "[scheduler] its threads belong to the process that made it, not to one forked since; make a "
          "Scheduler and a Flow after fork(), or start the process in another way");
}

}  // namespace backflow
