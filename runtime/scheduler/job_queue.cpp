#include <backflow/runtime/scheduler/job_queue.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include <backflow/graph/error.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/log/message.h>
#include <backflow/runtime/scheduler/job_text.h>

namespace backflow {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kHighestPriority = 1000;

std::exception_ptr no_result_of(const JobQueue::Record& before) {
  return std::make_exception_ptr(Error(str_cat("it needs the result of job '", before.options.name, "', which ",
                                               before.state == JobState::failed ? "failed" : "was cancelled")));
}

void check(const JobOptions& o) {
  require(o.share > 0 && o.share <= 1000, "[scheduler] share of job '", o.name,
          "' needs to be above 0 and at most 1000, got ", o.share);
  require(std::abs(o.priority) <= kHighestPriority, "[scheduler] priority of job '", o.name, "' needs to be −",
          kHighestPriority, " … ", kHighestPriority, ", got ", o.priority);
}

}  // namespace

JobQueue::~JobQueue() {
  std::unique_lock lock(mutex_);
  for (const auto& r : active_) {
    r->cancel = true;
    if (r->flow) r->flow->cancel();
  }
  while (!blocked_.empty()) make_ready(*blocked_.begin()->second);
  for (const auto& [place, r] : ready_) r->cancel = true;
  admit_ = true;
  serve();
  changed_.wait(lock, [this] { return active_.empty() && ready_.empty() && ending_.empty() && busy_ == 0; });
}

std::shared_ptr<JobQueue::Record> JobQueue::submit(std::unique_ptr<Job> job, JobOptions options) {
  process_.require_here();
  require(fork_count() == 0, "[scheduler] jobs need threads, which a forked process has none of; start it with exec");
  require(job != nullptr, "[scheduler] job '", options.name, "' is empty");
  check(options);
  for (const JobHandle& before : options.after)
    require(before.record_->queue == this, "[scheduler] job '", options.name, "' cannot wait for '",
            before.record_->options.name, "', which another scheduler runs");
  auto r = std::make_shared<Record>();
  r->memory = job->memory_bytes();
  require(memory_limit_ == 0 || r->memory <= memory_limit_, "[scheduler] job '", options.name, "' needs ", r->memory,
          " bytes, the limit for all jobs is ", memory_limit_);
  r->job = std::move(job);
  r->options = std::move(options);
  r->queue = this;
  r->submitted = Clock::now();
  log::message(log::Level::debug, "job '", r->options.name, "' is submitted: ", r->memory, " bytes, priority ",
               r->options.priority, ", share ", r->options.share);
  const std::scoped_lock lock(mutex_);
  r->number = submitted_++;
  await(r);
  admit_ = true;
  serve();
  return r;
}

/// Puts a new job where it waits: for those before it, or for memory.
void JobQueue::await(const std::shared_ptr<Record>& r) {
  blocked_.emplace(r.get(), r);
  for (const JobHandle& before : r->options.after) {
    Record& b = *before.record_;
    if (!has_ended(b.state)) {
      ++r->awaited;
      b.followers.push_back(r);
    } else if (b.state != JobState::complete && !r->error) {
      r->error = no_result_of(b);
    }
  }
  if (r->awaited == 0 || r->error) make_ready(*r);
}

void JobQueue::make_ready(Record& r) {
  if (auto found = blocked_.extract(&r))
    ready_.emplace(std::pair{-r.options.priority, r.number}, std::move(found.mapped()));
}

/// Of a job that has ended.
void JobQueue::release_followers(Record& r) {
  for (const auto& f : std::exchange(r.followers, {})) {
    --f->awaited;
    if (r.state != JobState::complete && !f->error) f->error = no_result_of(r);
    if (f->awaited == 0 || f->error) make_ready(*f);
  }
}

double JobQueue::least_served() const {
  double least = 0;
  bool any = false;
  for (const auto& r : active_) {
    if (r->state != JobState::running) continue;
    least = any ? std::min(least, r->served) : r->served;
    any = true;
  }
  return least;
}

/// Jobs start in the order of priority, then of submission, as far as memory goes; a large job that must wait holds
/// back the later ones, so that it is not passed for ever. Those that will only end wait for nothing.
void JobQueue::admit() {
  const double least = least_served();
  bool held_back = false;
  for (auto next = ready_.begin(); next != ready_.end();) {
    const std::shared_ptr<Record> r = next->second;
    const bool ends = r->cancel || r->error;
    held_back = held_back || (!ends && memory_limit_ != 0 && memory_ + r->memory > memory_limit_);
    if (held_back && !ends) {
      ++next;
      continue;
    }
    next = ready_.erase(next);
    r->state = JobState::running;
    r->served = least;  // a newcomer has no claim on the past
    r->started = Clock::now();
    r->options.after.clear();
    if (ends) {
      r->memory = 0;
      ending_.emplace(r.get(), r);
      take_turn(*r);
    } else {
      memory_ += r->memory;
      active_.push_back(r);
    }
  }
}

void JobQueue::take_turn(Record& r) {
  r.in_step = true;
  ++busy_;
  start_(&r);
}

/// Starts what may start. With the mutex held.
void JobQueue::serve() {
  if (std::exchange(admit_, false)) admit();
  contenders_.clear();
  runnable_.clear();
  for (const auto& r : active_) {
    const bool ends = r->cancel || r->error;
    if (r->state == JobState::paused && ends) r->state = JobState::running;
    if (r->state != JobState::running) continue;
    if (r->pause && !r->in_step && !ends) {
      r->state = JobState::paused;
      log::message(log::Level::debug, "job '", r->options.name, "' is paused after ", r->steps, " steps");
      continue;
    }
    contenders_.push_back({ends ? 2 * kHighestPriority : r->options.priority, r->served, r->parallelism, r->in_step});
    runnable_.push_back(r.get());
  }
  for (std::size_t j : order_.jobs_to_start(contenders_, cores_)) take_turn(*runnable_[j]);
  changed_.notify_all();
}

void JobQueue::run(Record& r) {
  if (auto state = begin_turn(r)) return end(r, *state, {});
  if (r.steps == 0) log::message(log::Level::info, "job '", r.options.name, "' starts");
  Flow* flow = nullptr;
  std::exception_ptr error;
  try {
    flow = r.job->next();
    r.reported.done = r.steps;
    r.job->report(r.reported);
  } catch (...) {
    error = std::current_exception();
  }
  if (!flow || error) return end(r, error ? JobState::failed : JobState::complete, error);
  begin_step(r, *flow);
  // The record lives until end(), which comes after the step. Small enough for a std::function without memory.
  flow->start([&r](double busy, std::exception_ptr e) { r.queue->step_ended(r, busy, std::move(e)); }, &r.options.name);
}

/// The state in which the job ends now, if it does.
std::optional<JobState> JobQueue::begin_turn(Record& r) {
  const std::scoped_lock lock(mutex_);
  r.step_began = Clock::now();
  r.others_before = busy_seconds_ - r.busy_seconds;
  if (r.cancel) return JobState::cancelled;
  if (r.error) return JobState::failed;
  return std::nullopt;
}

void JobQueue::begin_step(Record& r, Flow& flow) {
  const std::scoped_lock lock(mutex_);
  const double own = seconds(r.step_began, Clock::now());
  r.flow = &flow;
  r.parallelism = flow.parallelism();
  count(r, own);
  r.progress = r.reported;
  if (std::find(r.profiles.begin(), r.profiles.end(), flow.profile()) == r.profiles.end())
    r.profiles.push_back(flow.profile());
  if (r.cancel) flow.cancel();
}

/// Core time that the job had. With the mutex held, as end_turn().
void JobQueue::count(Record& r, double busy_seconds) {
  r.busy_seconds += busy_seconds;
  r.served += busy_seconds / r.options.share;
  busy_seconds_ += busy_seconds;
}

void JobQueue::end_turn(Record& r) {
  r.step_seconds += seconds(r.step_began, Clock::now());
  r.others_seconds += busy_seconds_ - r.busy_seconds - r.others_before;
}

void JobQueue::step_ended(Record& r, double busy_seconds, std::exception_ptr error) {
  const std::scoped_lock lock(mutex_);
  r.flow = nullptr;
  count(r, busy_seconds);
  end_turn(r);
  ++r.steps;
  if (error || r.cancel) {
    r.error = std::move(error);
    start_(&r);  // not here: this is called by a node of the flow, and the flow goes with the job
    return;
  }
  r.in_step = false;
  --busy_;
  serve();
}

void JobQueue::end(Record& r, JobState state, std::exception_ptr error) {
  const auto keep = r.shared_from_this();
  r.job.reset();  // without the mutex: it may wait for the last node of its flow
  if (!error) error = r.error;
  log::message(log::Level::info, "job '", r.options.name, "' is ", to_string(state), " after ", r.steps, " steps",
               error ? str_cat(": ", text_of(error)) : "");
  const std::scoped_lock lock(mutex_);
  r.error = std::move(error);
  if (state == JobState::complete) r.progress = r.reported;
  r.in_step = false;
  r.ended = Clock::now();
  count(r, seconds(r.step_began, r.ended));  // what it did last, without a flow
  end_turn(r);
  r.state = state;
  memory_ -= r.memory;
  if (ending_.erase(&r) == 0) active_.remove(keep);
  release_followers(r);
  --busy_;
  admit_ = true;
  serve();
}

void JobQueue::cancel(Record& r) {
  const std::scoped_lock lock(mutex_);
  if (has_ended(r.state)) return;
  r.cancel = true;
  if (r.flow) r.flow->cancel();
  make_ready(r);
  admit_ = true;
  serve();
}

void JobQueue::set_paused(Record& r, bool paused) {
  const std::scoped_lock lock(mutex_);
  r.pause = paused;
  if (!paused && r.state == JobState::paused) {
    r.state = JobState::running;
    for (const auto& other : active_)
      if (other.get() != &r && other->state == JobState::running) r.served = std::max(r.served, other->served - kLead);
  }
  serve();
}

}  // namespace backflow
