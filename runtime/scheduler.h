// The workers: one oneTBB arena whose threads are ready to run kernels, and the jobs that share them.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "runtime/cpus.h"
#include "runtime/job.h"

namespace backflow {

class Trace;

class Scheduler {
 public:
  /// At most `threads` workers, a calling thread included while it executes; 0 means available_cpus(). `memory_limit`
  /// is that of all jobs together in bytes, 0 for none. Throws an Error if `threads` is negative or above 1024.
  explicit Scheduler(int threads = 0, std::size_t memory_limit = 0);
  /// Cancels what has not ended and waits for it.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  int threads() const;

  /// Runs `job` beside the others. Throws an Error if an option is out of its range or the job can never fit into the
  /// memory limit.
  JobHandle submit(std::unique_ptr<Job> job, JobOptions options = {});
  /// What the running jobs hold.
  std::size_t memory_in_use() const;

  /// Where flows that are made from now on record what they do; it must outlive them. Null for nowhere.
  void set_trace(Trace* trace);
  Trace* trace() const;

  /// Runs `body` on this thread as one of the workers; an exception passes through.
  void execute(const std::function<void()>& body);
  /// The number of the worker that calls, 0 … threads().
  static int worker();
  /// At least `bytes` of memory that belong to the calling worker until it asks again.
  std::byte* scratch(std::size_t bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace backflow
