// What --out of a run holds, and what of it the next run goes on with.
#pragma once

#include "examples/apps/train/train_run.h"

namespace backflow {

/// The settings of the run that --resume goes on with, where but for --epochs and --patience what the command line says
/// otherwise is a mistake; else those given, with the network of a file of weights. Throws an Error if the folder has
/// the results of another run. The precision is what it comes to on this CPU, so that a run keeps it.
TrainSettings settings_of(const TrainProgram& program, TrainSettings settings);

}  // namespace backflow
