// A job that keeps what it stands on.
#pragma once

#include <functional>
#include <memory>

#include <backflow/runtime/scheduler/job.h>

namespace backflow {

class OwningJob final : public Job {
 public:
  OwningJob(std::shared_ptr<void> things, std::unique_ptr<Job> job, std::function<void(const Job&)> at_end)
      : things_(std::move(things)), job_(std::move(job)), at_end_(std::move(at_end)) {}

  Flow* next() override {
    Flow* flow = job_->next();
    if (!flow) at_end_(*job_);
    return flow;
  }
  void report(JobProgress& progress) const override { job_->report(progress); }

 private:
  std::shared_ptr<void> things_;
  std::unique_ptr<Job> job_;
  std::function<void(const Job&)> at_end_;
};

}  // namespace backflow
