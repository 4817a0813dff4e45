// The scheduler's jobs: who waits, who runs, who is next.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "runtime/job.h"

namespace backflow {

struct JobHandle::Record {
  std::unique_ptr<Job> job;
  JobOptions options;
  class JobQueue* queue = nullptr;

  // All below are guarded by the queue's mutex.
  JobState state = JobState::waiting;
  bool in_step = false, cancel = false, pause = false;
  std::size_t memory = 0;
  std::int64_t steps = 0;
  double busy_seconds = 0, served = 0, parallelism = 1;
  Flow* flow = nullptr;  // of the step that runs
  std::exception_ptr error;
  std::chrono::steady_clock::time_point submitted, started, ended;
};

class JobQueue {
 public:
  using Record = std::shared_ptr<JobHandle::Record>;
  /// `start` runs a function on a worker soon. `memory_limit` 0 means none.
  JobQueue(int cores, std::size_t memory_limit, std::function<void(std::function<void()>)> start)
      : cores_(cores), memory_limit_(memory_limit), start_(std::move(start)) {}
  /// Cancels all jobs and waits for their steps to end.
  ~JobQueue();
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  Record submit(std::unique_ptr<Job> job, JobOptions options);
  void cancel(JobHandle::Record& r);
  void set_paused(JobHandle::Record& r, bool paused);
  void wait(JobHandle::Record& r);
  JobStatus status(const JobHandle::Record& r) const;
  std::size_t memory_in_use() const;

 private:
  void serve();
  bool cancelled(const Record& r) const;
  void admit();
  void advance(const Record& r);
  void step_ended(const Record& r, double busy_seconds, std::exception_ptr error);
  void end(const Record& r, JobState state, std::exception_ptr error);

  const int cores_;
  const std::size_t memory_limit_;
  std::function<void(std::function<void()>)> start_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Record> live_;  // not ended, in the order of submission
  std::size_t memory_ = 0;  // of the running ones
  int busy_ = 0;            // advance() calls and steps under way
};

}  // namespace backflow
