// A job: flows that run one after the other on a scheduler's workers, beside other jobs.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace backflow {

class Flow;

/// What a job does. The scheduler calls it on a worker, never twice at once.
class Job {
 public:
  virtual ~Job() = default;
  /// Takes the results of the last step, prepares the next one and returns its flow; null when the job is complete. An
  /// exception ends the job and arrives in JobHandle::wait(). Must not block.
  virtual Flow* next() = 0;
  /// What the job holds while it runs. Asked before it starts.
  virtual std::size_t memory_bytes() const { return 0; }
};

enum class JobState : std::uint8_t { waiting, running, paused, complete, failed, cancelled };
const char* to_string(JobState state);

struct JobOptions {
  std::string name = "job";  // in errors and status lines
  int priority = 0;          // a job of higher priority is served first wherever both want a core
  double share = 1;          // of the cores, relative to the other jobs of its priority; above 0, at most 1000
};

struct JobStatus {
  std::string name;
  JobState state = JobState::waiting;
  std::int64_t steps = 0;                  // that have ended
  double busy_seconds = 0;                 // of all workers together, for this job
  double waited_seconds = 0, seconds = 0;  // before its first step; since then, until it ended
};

/// A job that was submitted. Copies stand for the same job; dropping them all does not end it.
class JobHandle {
 public:
  JobStatus status() const;
  /// Nothing of the job starts after the tiles that run now; what it held is freed. No effect on an ended job.
  void cancel();
  /// The step that runs is finished, then the job waits.
  void pause();
  void resume();
  /// Returns when the job is complete; throws an Error with the job's name if it failed or was cancelled. Must not be
  /// called by a worker.
  void wait();

 private:
  friend class Scheduler;
  friend class JobQueue;
  struct Record;
  explicit JobHandle(std::shared_ptr<Record> record) : record_(std::move(record)) {}
  std::shared_ptr<Record> record_;
};

}  // namespace backflow
