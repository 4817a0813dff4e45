// Jobs that share one set of workers.
#pragma once

#include <cstddef>
#include <memory>

#include <backflow/runtime/flow/workers.h>
#include <backflow/runtime/scheduler/cpus.h>
#include <backflow/runtime/scheduler/job.h>

namespace backflow {

class JobQueue;

class Scheduler : public Workers {
 public:
  /// At most `threads` workers, a calling thread included while it executes; 0 means available_cpus(). `memory_limit`
  /// is that of all jobs together in bytes, 0 for none. Throws an Error if `threads` is negative or above 1024.
  explicit Scheduler(int threads = 0, std::size_t memory_limit = 0);
  /// Cancels what has not ended and waits for it.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Runs `job` next to the others. Throws an Error if an option is out of its range or the job can never fit into the
  /// memory limit.
  JobHandle submit(std::unique_ptr<Job> job, JobOptions options = {});
  /// What the running jobs hold.
  std::size_t memory_in_use() const;

 private:
  std::unique_ptr<JobQueue> jobs_;
};

}  // namespace backflow
