// How much memory a run of `train` takes, and whether it may.
#pragma once

#include "examples/apps/train/train_run.h"

namespace backflow {

/// Bytes that the job of such a run will hold.
std::size_t train_memory(const TrainSettings& settings, const RunNetwork& network, const data::Split& data);

/// What cannot fit is refused before it is allocated: throws an Error, and prints what would hold how much where that
/// is asked for.
void check_memory(const TrainProgram& p, const TrainSettings& s, const RunNetwork& network, const data::Split& data);

}  // namespace backflow
