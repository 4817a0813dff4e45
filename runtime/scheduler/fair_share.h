// Which jobs start their next step now. A pure function, so that it can be tested without threads.
// Internal to runtime/scheduler/.
#pragma once

#include <cstddef>
#include <vector>

namespace backflow {

/// A job that wants to run or runs.
struct Contender {
  int priority = 0;
  double served = 0;       // seconds of core time that it has had, divided by its share
  double parallelism = 1;  // cores that a step of it can keep busy
  bool running = false;    // a step of it is under way
};

/// How far a job may be ahead of another of its priority that still wants cores, in seconds of core time.
inline constexpr double kLead = 0.02;

/// Keeps the memory of its lists from call to call.
class StartOrder {
 public:
  /// Indices of the jobs to start, best first; valid until the next call. Higher priority first, then those that were
  /// served least. A job starts when the jobs before it cannot keep all `cores` busy, or when it is of the first one's
  /// priority, less than kLead ahead, and few run. So no core is idle while a job wants it, and shares hold where all
  /// want them.
  const std::vector<std::size_t>& jobs_to_start(const std::vector<Contender>& jobs, int cores);

 private:
  std::vector<std::size_t> order_, result_;
};

inline std::vector<std::size_t> jobs_to_start(const std::vector<Contender>& jobs, int cores) {
  return StartOrder().jobs_to_start(jobs, cores);
}

}  // namespace backflow
