// What `train` learns from, by the name that the command line gives it.
#pragma once

#include <memory>
#include <string>

#include <backflow/runtime/data/find_dataset.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "examples/apps/train/train_network.h"

namespace backflow {

/// The data set of that name, decoded by the workers. Says on standard error if a class has no training samples or one
/// has all of them. Throws a UsageError if there is no such name, folder or file, an Error for what is wrong with
/// files.
std::shared_ptr<const data::Split> load_data(const std::string& name, const data::DataOptions& options,
                                             Scheduler& workers);

/// That of a run. Throws a UsageError for an option that this kind of data does not heed, too.
std::shared_ptr<const data::Split> load_data(const TrainProgram& p, const TrainSettings& s, const StartModel& start,
                                             Scheduler& workers);

/// `train` as --augment changes it.
std::shared_ptr<const data::Dataset> augmented(std::shared_ptr<const data::Dataset> train, const TrainSettings& s);

/// Writes a contact sheet of the first batch that a run trains on, up to 100 images with their classes, as the network
/// sees them but for the standardisation. Throws an Error if they have neither 1 nor 3 channels.
void write_batch(const std::filesystem::path& file, const data::Dataset& train, const TrainSettings& s);

}  // namespace backflow
