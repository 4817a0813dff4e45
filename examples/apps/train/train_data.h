// What `train` learns from, by the name that the command line gives it.
#pragma once

#include <memory>
#include <string>

#include <backflow/runtime/data/find_dataset.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "examples/apps/train/train_network.h"

namespace backflow {

/// The data set of that name, decoded by the workers. Says on standard error if a class has no training images or one
/// has all of them. Throws a UsageError if there is no such name, folder or file, an Error for what is wrong with
/// files.
std::shared_ptr<const data::Split> load_data(const std::string& name, const data::DataOptions& options,
                                             Scheduler& workers);

/// That of a run. Throws a UsageError for an option that this kind of data does not heed, too.
std::shared_ptr<const data::Split> load_data(const TrainProgram& p, const TrainSettings& s, const StartModel& start,
                                             Scheduler& workers);

}  // namespace backflow
