// What a step would take on another number of workers: a prediction from measured times, without running anything.
#pragma once

#include <memory>
#include <vector>

#include <backflow/runtime/flow/flow_profile.h>

namespace backflow {

/// Sum over all tasks.
double work_seconds(const TaskGraph& tasks);
/// The longest chain of tasks that must run one after the other: no number of workers is faster.
double critical_path_seconds(const TaskGraph& tasks);

/// When the last task ends if `workers` each take the task that has been ready longest, at no cost (Graham 1966: at
/// most work / workers + critical path). Throws an Error if there is no worker, or a task waits for a later one.
double simulated_seconds(const TaskGraph& tasks, int workers);

struct ScalingEstimate {
  int workers = 1;
  double seconds = 0;   // of all steps that were measured
  double speed_up = 1;  // over one worker
};

/// For 1, 2, 4, … 64 workers; the sum over flows that ran one after the other.
std::vector<ScalingEstimate> predict(const std::vector<std::shared_ptr<const FlowProfile>>& profiles);

}  // namespace backflow
