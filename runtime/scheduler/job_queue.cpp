#include <backflow/runtime/scheduler/job_queue.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include <backflow/graph/error.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/log/message.h>

namespace backflow {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kHighestPriority = 1000;

double seconds(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

std::string text_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "an exception of an unknown type";
  }
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
  for (const auto& r : live_) {
    r->cancel = true;
    if (r->flow) r->flow->cancel();
  }
  admit_ = true;
  serve();
  changed_.wait(lock, [this] { return live_.empty() && busy_ == 0; });
}

std::shared_ptr<JobQueue::Record> JobQueue::submit(std::unique_ptr<Job> job, JobOptions options) {
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
  live_.push_back(r);
  admit_ = true;
  serve();
  return r;
}

double JobQueue::least_served() const {
  double least = 0;
  bool any = false;
  for (const auto& r : live_) {
    if (r->state != JobState::running) continue;
    least = any ? std::min(least, r->served) : r->served;
    any = true;
  }
  return least;
}

/// Jobs start in the order of priority, then of submission, as far as memory goes; a large job that must wait holds
/// back the later ones, so that it is not passed for ever.
void JobQueue::admit() {
  std::vector<Record*> waiting;
  for (const auto& r : live_) {
    if (r->state != JobState::waiting) continue;
    bool ready = true;
    for (const JobHandle& before : r->options.after) {
      const JobState s = before.record_->state;
      ready = ready && s == JobState::complete;
      if (!has_ended(s) || s == JobState::complete || r->error) continue;
      r->error =
          std::make_exception_ptr(Error(str_cat("it needs the result of job '", before.record_->options.name,
                                                "', which ", s == JobState::failed ? "failed" : "was cancelled")));
    }
    if (ready || r->error || r->cancel) waiting.push_back(r.get());
  }
  std::stable_sort(waiting.begin(), waiting.end(),
                   [](const Record* a, const Record* b) { return a->options.priority > b->options.priority; });
  const double least = least_served();
  for (Record* r : waiting) {
    const bool starts = !r->cancel && !r->error;
    if (starts && memory_limit_ != 0 && memory_ + r->memory > memory_limit_) return;
    memory_ += r->memory;
    r->state = JobState::running;
    r->served = least;  // a newcomer has no claim on the past
    r->started = Clock::now();
    r->options.after.clear();
  }
}

/// Starts what may start. With the mutex held.
void JobQueue::serve() {
  if (std::exchange(admit_, false)) admit();
  contenders_.clear();
  runnable_.clear();
  for (const auto& r : live_) {
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
  for (std::size_t j : order_.jobs_to_start(contenders_, cores_)) {
    runnable_[j]->in_step = true;
    ++busy_;
    start_(runnable_[j]);
  }
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
  live_.remove(keep);
  --busy_;
  admit_ = true;
  serve();
}

void JobQueue::cancel(Record& r) {
  const std::scoped_lock lock(mutex_);
  if (has_ended(r.state)) return;
  r.cancel = true;
  if (r.flow) r.flow->cancel();
  admit_ = true;
  serve();
}

void JobQueue::set_paused(Record& r, bool paused) {
  const std::scoped_lock lock(mutex_);
  r.pause = paused;
  if (!paused && r.state == JobState::paused) {
    r.state = JobState::running;
    for (const auto& other : live_)
      if (other.get() != &r && other->state == JobState::running) r.served = std::max(r.served, other->served - kLead);
  }
  serve();
}

JobStatus JobQueue::wait(Record& r) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return has_ended(r.state); });
  if (r.state == JobState::cancelled) fail("[", r.options.name, "] was cancelled");
  if (r.error) fail("job '", r.options.name, "': ", text_of(r.error));
  return status_of(r);
}

bool JobQueue::wait_for(const Record& r, std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [&] { return has_ended(r.state); });
}

JobStatus JobQueue::status_of(const Record& r) const {
  JobStatus s{r.options.name, r.state, r.steps, r.busy_seconds, 0, 0, r.step_seconds, 0, r.others_seconds, r.progress};
  const auto now = Clock::now();
  const bool began = r.started != Clock::time_point{};
  s.waited_seconds = seconds(r.submitted, began ? r.started : now);
  if (!began) return s;
  const auto until = has_ended(r.state) ? r.ended : now;
  s.seconds = seconds(r.started, until);
  const double step = r.flow ? seconds(r.step_began, until) : 0;
  s.step_seconds += step;
  s.turn_seconds = std::max(0.0, s.seconds - s.step_seconds);
  return s;
}

JobStatus JobQueue::status(const Record& r) const {
  const std::scoped_lock lock(mutex_);
  return status_of(r);
}

std::vector<std::shared_ptr<const FlowProfile>> JobQueue::profiles(const Record& r) const {
  const std::scoped_lock lock(mutex_);
  if (!has_ended(r.state)) return {};
  return r.profiles;
}

std::size_t JobQueue::memory_in_use() const {
  const std::scoped_lock lock(mutex_);
  return memory_;
}

}  // namespace backflow
