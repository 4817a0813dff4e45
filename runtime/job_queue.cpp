#include "runtime/job_queue.h"

#include <algorithm>

#include "graph/error.h"
#include "runtime/fair_share.h"
#include "runtime/flow.h"

namespace backflow {
namespace {

using Clock = std::chrono::steady_clock;

bool ended(JobState s) { return s == JobState::complete || s == JobState::failed || s == JobState::cancelled; }

double seconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

}  // namespace

const char* to_string(JobState state) {
  switch (state) {
    case JobState::waiting:
      return "waiting";
    case JobState::running:
      return "running";
    case JobState::paused:
      return "paused";
    case JobState::complete:
      return "complete";
    case JobState::failed:
      return "failed";
    case JobState::cancelled:
      return "cancelled";
  }
  return "unknown";
}

JobStatus JobHandle::status() const { return record_->queue->status(*record_); }
void JobHandle::cancel() { record_->queue->cancel(*record_); }
void JobHandle::pause() { record_->queue->set_paused(*record_, true); }
void JobHandle::resume() { record_->queue->set_paused(*record_, false); }
void JobHandle::wait() { record_->queue->wait(*record_); }

JobQueue::~JobQueue() {
  std::unique_lock lock(mutex_);
  for (const Record& r : live_) {
    r->cancel = true;
    if (r->flow) r->flow->cancel();
  }
  serve();
  changed_.wait(lock, [this] { return live_.empty() && busy_ == 0; });
}

JobQueue::Record JobQueue::submit(std::unique_ptr<Job> job, JobOptions options) {
  require(job != nullptr, "[scheduler] job '", options.name, "' is empty");
  require(options.share > 0 && options.share <= 1000, "[scheduler] share of job '", options.name,
          "' needs to be above 0 and at most 1000, got ", options.share);
  auto r = std::make_shared<JobHandle::Record>();
  r->memory = job->memory_bytes();
  require(memory_limit_ == 0 || r->memory <= memory_limit_, "[scheduler] job '", options.name, "' needs ", r->memory,
          " bytes, the limit for all jobs is ", memory_limit_);
  r->job = std::move(job);
  r->options = std::move(options);
  r->queue = this;
  r->submitted = Clock::now();
  const std::scoped_lock lock(mutex_);
  live_.push_back(r);
  serve();
  return r;
}

/// Jobs start in the order of priority, then of submission, as far as memory goes; a large job that must wait holds
/// back the later ones of its priority, so that it is not passed for ever.
void JobQueue::admit() {
  std::vector<Record> waiting;
  for (const Record& r : live_)
    if (r->state == JobState::waiting) waiting.push_back(r);
  std::stable_sort(waiting.begin(), waiting.end(),
                   [](const Record& a, const Record& b) { return a->options.priority > b->options.priority; });
  double least = 0;
  bool any = false;
  for (const Record& r : live_)
    if (r->state == JobState::running) {
      least = any ? std::min(least, r->served) : r->served;
      any = true;
    }
  for (const Record& r : waiting) {
    if (!r->cancel && memory_limit_ != 0 && memory_ + r->memory > memory_limit_) return;
    memory_ += r->memory;
    r->state = JobState::running;
    r->served = least;  // a newcomer has no claim on the past
    r->started = Clock::now();
  }
}

/// Starts what may start. With the mutex held.
void JobQueue::serve() {
  admit();
  std::vector<Contender> contenders;
  std::vector<Record> jobs;
  for (const Record& r : live_) {
    if (r->state == JobState::paused && r->cancel) r->state = JobState::running;
    if (r->state != JobState::running) continue;
    if (r->pause && !r->in_step && !r->cancel) {
      r->state = JobState::paused;
      continue;
    }
    contenders.push_back({r->cancel ? 1 << 20 : r->options.priority, r->served, r->parallelism, r->in_step});
    jobs.push_back(r);
  }
  for (std::size_t j : jobs_to_start(contenders, cores_)) {
    jobs[j]->in_step = true;
    ++busy_;
    start_([this, r = jobs[j]] { advance(r); });
  }
  changed_.notify_all();
}

void JobQueue::advance(const Record& r) {
  Flow* flow = nullptr;
  std::exception_ptr error;
  const auto begin = Clock::now();
  if (cancelled(r)) return end(r, JobState::cancelled, {});
  try {
    flow = r->job->next();
  } catch (...) {
    error = std::current_exception();
  }
  if (!flow) return end(r, error ? JobState::failed : JobState::complete, error);
  {
    const std::scoped_lock lock(mutex_);
    const double own = seconds(begin, Clock::now());
    r->flow = flow;
    r->parallelism = flow->parallelism();
    r->busy_seconds += own;
    r->served += own / r->options.share;
    if (r->cancel) flow->cancel();
  }
  flow->start([this, r](double busy, std::exception_ptr e) { step_ended(r, busy, std::move(e)); });
}

bool JobQueue::cancelled(const Record& r) const {
  const std::scoped_lock lock(mutex_);
  return r->cancel;
}

void JobQueue::step_ended(const Record& r, double busy_seconds, std::exception_ptr error) {
  const std::scoped_lock lock(mutex_);
  r->flow = nullptr;
  r->busy_seconds += busy_seconds;
  r->served += busy_seconds / r->options.share;
  ++r->steps;
  if (error || r->cancel) {
    // Not here: this is called by a node of the flow, and the flow goes with the job.
    start_([this, r, error] { end(r, r->cancel ? JobState::cancelled : JobState::failed, error); });
    return;
  }
  r->in_step = false;
  --busy_;
  serve();
}

void JobQueue::end(const Record& r, JobState state, std::exception_ptr error) {
  r->job.reset();  // without the mutex: it may wait for the last node of its flow
  const std::scoped_lock lock(mutex_);
  r->error = std::move(error);
  r->in_step = false;
  r->ended = Clock::now();
  r->state = state;
  memory_ -= r->memory;
  live_.remove(r);
  --busy_;
  serve();
}

void JobQueue::cancel(JobHandle::Record& r) {
  const std::scoped_lock lock(mutex_);
  if (ended(r.state)) return;
  r.cancel = true;
  if (r.flow) r.flow->cancel();
  serve();
}

void JobQueue::set_paused(JobHandle::Record& r, bool paused) {
  const std::scoped_lock lock(mutex_);
  r.pause = paused;
  if (!paused && r.state == JobState::paused) {
    r.state = JobState::running;
    for (const Record& other : live_)
      if (other.get() != &r && other->state == JobState::running) r.served = std::max(r.served, other->served - kLead);
  }
  serve();
}

void JobQueue::wait(JobHandle::Record& r) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ended(r.state); });
  if (r.state == JobState::cancelled) fail("[", r.options.name, "] was cancelled");
  if (!r.error) return;
  try {
    std::rethrow_exception(r.error);
  } catch (const std::exception& e) {
    fail("job '", r.options.name, "': ", e.what());
  }
}

JobStatus JobQueue::status(const JobHandle::Record& r) const {
  const std::scoped_lock lock(mutex_);
  const auto now = Clock::now();
  const bool began = r.started != Clock::time_point{};
  return {r.options.name,
          r.state,
          r.steps,
          r.busy_seconds,
          seconds(r.submitted, began ? r.started : now),
          began ? seconds(r.started, ended(r.state) ? r.ended : now) : 0};
}

std::size_t JobQueue::memory_in_use() const {
  const std::scoped_lock lock(mutex_);
  return memory_;
}

}  // namespace backflow
