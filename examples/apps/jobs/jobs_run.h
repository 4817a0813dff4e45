// Runs the jobs of a file on one scheduler; what was complete before is left as it is.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <backflow/runtime/data/find_dataset.h>
#include <backflow/runtime/flow/trace.h>
#include <backflow/runtime/scheduler/job_report.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "examples/apps/common/run_lock.h"
#include "examples/apps/jobs/jobs_file.h"
#include "examples/apps/train/train_network.h"

namespace backflow {

class JobsRun {
 public:
  /// Reads the data, makes, locks and looks at the folders. Throws a UsageError where a job cannot fit the memory
  /// limit, an Error where a folder holds something else or is in use; nothing has started then.
  JobsRun(TrainProgram program, JobsFile file);

  /// Runs all jobs to the end, or until `interrupted`, prints a table, and returns the exit status.
  int run(const std::function<bool()>& interrupted);

 private:
  struct Item {
    JobSpec spec;
    std::string identity;  // what decides its result, those of the jobs that it needs included
    std::size_t memory = 0;
    bool was_complete = false, began = false;
    std::shared_ptr<const data::Split> data;
    std::unique_ptr<RunLock> lock;
    std::optional<JobHandle> handle;  // while it waits or runs
    std::string result;               // for the table
    std::optional<JobStatus> status;  // this and the rest are set when it has ended
    JobWork work;
    std::string prediction, error;
  };

  Item& item(const std::string& name);
  std::shared_ptr<const data::Split> data_of(const TrainSettings& settings, const StartModel& start);
  void lock(Item& i);
  void look_at(Item& i);
  void prepare(Item& i);
  void submit(Item& i, const std::function<bool()>& interrupted);
  std::unique_ptr<Job> make(Item& i, const std::function<bool()>& interrupted);
  std::unique_ptr<Job> make_train(Item& i, const std::function<bool()>& interrupted);
  std::unique_ptr<Job> make_evaluate(Item& i);
  std::unique_ptr<Job> make_dream(Item& i);
  std::filesystem::path model_of(const Item& i);
  RunNetwork network_of(const Item& i, const StartModel& start);
  void write_state(const Item& i, bool complete) const;
  void complete(Item& i, const std::string& result);
  void settle(Item& i);
  bool wait(const std::function<bool()>& interrupted);
  int say_end(bool was_interrupted);
  void say_table(bool interrupted);

  TrainProgram program_;
  std::optional<Trace> trace_;
  // By name, size, grey and share of the test; target, task and what to ignore; what to validate with.
  using DataKey =
      std::tuple<std::string, std::int64_t, bool, double, std::string, data::Task, std::string, std::string>;
  std::map<DataKey, std::shared_ptr<const data::Split>> data_;
  std::vector<Item> items_;                               // each after those that it needs
  std::unordered_map<std::string, std::size_t> numbers_;  // of the items, by name
  std::optional<StatusBoard> board_;
  double programs_ = 0;                   // share of the cores' time that other programs took
  std::unique_ptr<Scheduler> scheduler_;  // goes first: its jobs use all of the above
};

}  // namespace backflow
