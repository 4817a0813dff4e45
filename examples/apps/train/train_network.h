// Which network a run is about: what the command line says, and what the file of weights knows.
#pragma once

#include "examples/apps/train/train_run.h"

namespace backflow {

/// The file whose weights the run starts from, or evaluates; empty for none.
std::filesystem::path weights_of(const TrainProgram& p);

/// The settings with the network that the weights of `file` belong to, and for an evaluation with their data, where the
/// command line does not say otherwise.
TrainSettings with_network_of(const std::filesystem::path& file, TrainSettings s, const TrainProgram& p);

/// The network to train, or to evaluate: that which the weights' file describes, where --model does not say otherwise.
models::Network network_for(const TrainProgram& p, const TrainSettings& s, int classes);

}  // namespace backflow
