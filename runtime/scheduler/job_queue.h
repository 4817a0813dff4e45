// The scheduler's jobs: who waits, who runs, who is next. Internal to runtime/scheduler/.
#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include <backflow/runtime/flow/fork.h>
#include <backflow/runtime/scheduler/fair_share.h>
#include <backflow/runtime/scheduler/job.h>

namespace backflow {

struct JobHandle::Record : std::enable_shared_from_this<JobHandle::Record> {
  std::unique_ptr<Job> job;
  JobOptions options;
  class JobQueue* queue = nullptr;

  // All below are guarded by the queue's mutex.
  std::int64_t number = 0;                         // in the order of submission
  std::size_t awaited = 0;                         // jobs before it that have not ended
  std::vector<std::shared_ptr<Record>> followers;  // that wait for it
  JobState state = JobState::waiting;
  bool in_step = false, cancel = false, pause = false;
  std::size_t memory = 0;
  std::int64_t steps = 0;
  double busy_seconds = 0, step_seconds = 0, served = 0, parallelism = 1;
  double others_before = 0, others_seconds = 0;  // busy seconds of all other jobs: when the step began; during steps
  Flow* flow = nullptr;                          // of the step that runs
  JobProgress progress;
  std::vector<std::shared_ptr<const FlowProfile>> profiles;
  std::exception_ptr error;
  std::chrono::steady_clock::time_point submitted, started, step_began, ended;

  JobProgress reported;  // what the job said last; of run() alone
};

class JobQueue {
 public:
  using Record = JobHandle::Record;
  /// `start` calls run() on a worker soon. `memory_limit` 0 means none.
  JobQueue(int cores, std::size_t memory_limit, std::function<void(Record*)> start)
      : cores_(cores), memory_limit_(memory_limit), start_(std::move(start)) {}
  /// Cancels all jobs and waits for their steps to end.
  ~JobQueue();
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  std::shared_ptr<Record> submit(std::unique_ptr<Job> job, JobOptions options);
  /// Starts the next step of a job, or ends it.
  void run(Record& r);
  void cancel(Record& r);
  void set_paused(Record& r, bool paused);
  JobStatus wait(Record& r);
  bool wait_for(const Record& r, std::chrono::milliseconds time);
  JobStatus status(const Record& r) const;
  std::vector<std::shared_ptr<const FlowProfile>> profiles(const Record& r) const;
  std::size_t memory_in_use() const;
  OneProcess process() const { return process_; }

 private:
  void serve();
  void await(const std::shared_ptr<Record>& r);
  void make_ready(Record& r);
  void release_followers(Record& r);
  void admit();
  void take_turn(Record& r);
  double least_served() const;
  std::optional<JobState> begin_turn(Record& r);
  void begin_step(Record& r, Flow& flow);
  void count(Record& r, double busy_seconds);
  void end_turn(Record& r);
  void step_ended(Record& r, double busy_seconds, std::exception_ptr error);
  void end(Record& r, JobState state, std::exception_ptr error);
  JobStatus status_of(const Record& r) const;

  const OneProcess process_;
  const int cores_;
  const std::size_t memory_limit_;
  std::function<void(Record*)> start_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // A job that has not ended is in one of these: those that run or are paused in the order in which they started, those
  // that may start as soon as there is memory by priority and number, those that wait for other jobs, and those that
  // end before they started.
  std::list<std::shared_ptr<Record>> active_;
  std::map<std::pair<int, std::int64_t>, std::shared_ptr<Record>> ready_;
  std::unordered_map<Record*, std::shared_ptr<Record>> blocked_, ending_;
  std::int64_t submitted_ = 0;
  std::size_t memory_ = 0;   // of the running ones
  int busy_ = 0;             // run() calls and steps under way
  double busy_seconds_ = 0;  // core time of all jobs so far
  bool admit_ = false;       // whether a job that is ready may now start
  // Used by serve() alone; members, so that a step allocates nothing.
  std::vector<Contender> contenders_;
  std::vector<Record*> runnable_;
  StartOrder order_;
};

}  // namespace backflow
