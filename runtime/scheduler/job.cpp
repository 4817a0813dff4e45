#include <backflow/runtime/scheduler/job.h>

#include <backflow/graph/error.h>
#include <backflow/runtime/scheduler/job_queue.h>

namespace backflow {

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

bool has_ended(JobState s) { return s == JobState::complete || s == JobState::failed || s == JobState::cancelled; }

void JobProgress::set(const char* name, double value) {
  for (auto& [known, old] : metrics)
    if (known == name) {
      old = value;
      return;
    }
  metrics.emplace_back(name, value);
}

double JobProgress::at(const std::string& name) const {
  std::string names;
  for (const auto& [known, value] : metrics) {
    if (known == name) return value;
    names += (names.empty() ? "" : ", ") + known;
  }
  fail("[job] there is no metric '", name, "'; there are: ", names);
}

JobStatus JobHandle::status() const { return record_->queue->status(*record_); }
void JobHandle::cancel() { record_->queue->cancel(*record_); }
void JobHandle::pause() { record_->queue->set_paused(*record_, true); }
void JobHandle::resume() { record_->queue->set_paused(*record_, false); }
JobStatus JobHandle::wait() { return record_->queue->wait(*record_); }
bool JobHandle::wait_for(std::chrono::milliseconds time) const { return record_->queue->wait_for(*record_, time); }
std::vector<std::shared_ptr<const FlowProfile>> JobHandle::profiles() const {
  return record_->queue->profiles(*record_);
}

}  // namespace backflow
