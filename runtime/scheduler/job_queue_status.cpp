#include <backflow/runtime/scheduler/job_queue.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/scheduler/job_text.h>

namespace backflow {

using Clock = std::chrono::steady_clock;

JobStatus JobQueue::wait(Record& r) {
  process_.require_here();
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
