// Reports on jobs: a line while they run, and afterwards what limited them.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <backflow/runtime/scheduler/job.h>

namespace backflow {

/// "train  running  step 120/400  30 %  812/s  share 61 %  12 s left  loss 0.31": rate and share of the `cores` are
/// those between `before` and `now`, two states of one job that are `seconds` apart.
std::string status_line(const JobStatus& before, const JobStatus& now, double seconds, int cores);

/// Where the time of a job went. All in seconds, over all its steps.
struct JobLimits {
  double work = 0;           // core time of its nodes
  double critical_path = 0;  // what its steps take on any number of cores
  double outside = 0;        // time in its own code between two flows: results, files, snapshots
  double steps = 0;          // time while a step was under way
  double turn = 0;           // time between steps: others had the cores, or it was paused
  double idle = 0;           // core time while a step was under way that this job could not use
  double wall = 0;           // time from its first step to its end
  double programs = 0;       // share of the cores' time that other programs had while it wanted them
  double parallelism = 1;    // work / critical path: cores that it can keep busy
  std::string limit;         // the greatest of these, in words
  std::vector<std::pair<std::string, double>> dearest;  // kinds of nodes and their shares of the work, three at most
};

/// What the profiles of any number of flows come to, in core seconds.
struct JobWork {
  double work = 0, critical_path = 0;
  std::map<std::string, double> kinds = {};  // of nodes

  void add(const std::vector<std::shared_ptr<const FlowProfile>>& profiles);
};

/// `programs` is share_of_others() while the job ran.
JobLimits limits_of(const JobStatus& status, const JobWork& work, int cores, double programs = 0);
JobLimits limits_of(const JobStatus& status, const std::vector<std::shared_ptr<const FlowProfile>>& profiles, int cores,
                    double programs = 0);
/// One line a job.
std::string limits_line(const std::string& name, const JobLimits& limits);

/// The lines of simulate.h's predict() for a job, which say that they are a prediction.
std::string prediction_text(const std::string& name, const std::vector<std::shared_ptr<const FlowProfile>>& profiles);

}  // namespace backflow
