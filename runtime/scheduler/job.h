// A job: flows that run one after the other on a scheduler's workers, next to other jobs.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <backflow/runtime/flow/flow_profile.h>

namespace backflow {

class Flow;

/// How far a job is, and what it has found so far.
struct JobProgress {
  std::int64_t done = 0, total = 0;  // steps; total is 0 where it is not known
  std::vector<std::pair<std::string, double>> metrics;

  /// Sets the metric called `name`; allocates only when it is new.
  void set(const char* name, double value);
  /// The metric called `name`; throws an Error if there is none.
  double at(const std::string& name) const;
};

/// What a job does. The scheduler calls it on a worker, never twice at once.
class Job {
 public:
  virtual ~Job() = default;
  /// Takes the results of the last step, prepares the next one and returns its flow; null when the job is complete. An
  /// exception ends the job and arrives in JobHandle::wait(). Must not block.
  virtual Flow* next() = 0;
  /// Updates `progress`, which is the same one each time and at first counts the steps that have ended. Called after
  /// each next().
  virtual void report(JobProgress& progress) const { (void)progress; }
  /// What the job holds while it runs. Asked before it starts.
  virtual std::size_t memory_bytes() const { return 0; }
};

enum class JobState : std::uint8_t { waiting, running, paused, complete, failed, cancelled };
const char* to_string(JobState state);
bool has_ended(JobState state);

struct JobStatus {
  std::string name;
  JobState state = JobState::waiting;
  std::int64_t steps = 0;                  // flows that have run
  double busy_seconds = 0;                 // of all workers together, for this job
  double waited_seconds = 0, seconds = 0;  // before its first step; since then, until it ended
  double step_seconds = 0;                 // of `seconds`, while a step was under way
  double turn_seconds = 0;    // of `seconds`, while it could run and others had the cores, or it was paused
  double others_seconds = 0;  // of all workers together, for other jobs while a step of this one was under way
  JobProgress progress;
};

/// A job that was submitted. Copies stand for the same job; dropping them all does not end it. Its scheduler must
/// outlive every call.
class JobHandle {
 public:
  JobStatus status() const;
  /// Nothing of the job starts after the tiles that run now; what it held is freed. No effect on an ended job.
  void cancel();
  /// The step that runs is finished, then the job waits.
  void pause();
  void resume();
  /// Returns the last status, the metrics of the result in it, when the job is complete; throws an Error with the job's
  /// name if it failed or was cancelled. Must not be called by a worker.
  JobStatus wait();
  /// The same without the result: whether the job has ended, after at most that time.
  bool wait_for(std::chrono::milliseconds time) const;
  /// Times of the flows that the job ran; empty until it has ended.
  std::vector<std::shared_ptr<const FlowProfile>> profiles() const;

 private:
  friend class Scheduler;
  friend class JobQueue;
  struct Record;
  explicit JobHandle(std::shared_ptr<Record> record) : record_(std::move(record)) {}
  std::shared_ptr<Record> record_;
};

struct JobOptions {
  std::string name = "job";  // in errors, traces and status lines
  int priority = 0;          // −1000 … 1000; a job of higher priority is served first wherever both want a core
  double share = 1;          // of the cores, relative to the other jobs of its priority; above 0, at most 1000
  std::vector<JobHandle> after = {};  // starts when these are complete; fails if one of them does not get there
};

}  // namespace backflow
