// What `train` learns from, by the name that the command line gives it.
#pragma once

#include <memory>
#include <string>

#include <backflow/runtime/data/dataset.h>

namespace backflow {

/// The data set of that name. Says on standard error if a class has no training images or one has all of them. Throws a
/// UsageError if there is no such name or folder, an Error for what is wrong with its files.
std::shared_ptr<const data::Split> load_data(const std::string& name);

}  // namespace backflow
