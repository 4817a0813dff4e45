// The program `train` for one run.
#pragma once

#include <functional>

#include "examples/apps/train/watch.h"

namespace backflow {

/// Trains, with images if `watch.what` is not empty, or evaluates with eval_only; returns the exit status.
int train_program(const TrainProgram& program, const TrainSettings& settings, const WatchOptions& watch,
                  const std::function<bool()>& interrupted);

}  // namespace backflow
