#include <backflow/runtime/scheduler/scheduler.h>

#include <backflow/runtime/flow/fork.h>
#include <backflow/runtime/log/message.h>
#include <backflow/runtime/scheduler/job_queue.h>

namespace backflow {

Scheduler::Scheduler(int threads, std::size_t memory_limit)
    : Workers(threads == 0 ? available_cpus() : threads),
      jobs_(std::make_unique<JobQueue>(this->threads(), memory_limit,
                                       [this](JobQueue::Record* r) { enqueue([this, r] { jobs_->run(*r); }); })) {
  if (threads == 0 && this->threads() == 1)
    log::message(log::Level::info, "one worker only: affinity and cgroup leave this process one CPU");
  else
    log::message(log::Level::debug, this->threads(), " workers");
}

Scheduler::~Scheduler() { leave_if_forked(jobs_, jobs_->process()); }

JobHandle Scheduler::submit(std::unique_ptr<Job> job, JobOptions options) {
  return JobHandle(jobs_->submit(std::move(job), std::move(options)));
}

std::size_t Scheduler::memory_in_use() const { return jobs_->memory_in_use(); }

}  // namespace backflow
