// The workers: one oneTBB arena whose threads are ready to run kernels.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace backflow {

/// CPUs that this process may really use: affinity and cgroup quota, at least 1.
int available_cpus();

class Scheduler {
 public:
  /// `threads` workers, the calling thread included while it waits; 0 means available_cpus(). Throws an Error if
  /// `threads` is negative or above 1024.
  explicit Scheduler(int threads = 0);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  int threads() const;
  /// Runs `body` on this thread as one of the workers; an exception passes through.
  void execute(const std::function<void()>& body);
  /// The number of the worker that calls, 0 … threads() − 1.
  static int worker();
  /// At least `bytes` of memory that belong to the calling worker until it asks again.
  std::byte* scratch(std::size_t bytes);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace backflow
