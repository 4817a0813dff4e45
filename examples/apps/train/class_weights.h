// What --class-weights says.
#pragma once

#include <vector>

#include "examples/apps/train/train_settings.h"

namespace backflow {

/// For the classes of `data`; empty: all 1. Throws a UsageError if there is another number of them.
std::vector<float> class_weights_of(const TrainSettings& s, const data::Dataset& data);
/// With the numbers in place of the file that is named. Throws a UsageError if there is none in a line.
TrainSettings with_weights_of_file(TrainSettings s);

}  // namespace backflow
