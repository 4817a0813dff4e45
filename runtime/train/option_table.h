// The table of TrainOptions, from which flags, metadata and checks come. Internal to runtime/ and the programs.
#pragma once

#include <backflow/runtime/files/option_table.h>
#include <backflow/runtime/train/options.h>

namespace backflow::train {

files::OptionTable table(TrainOptions& options);
/// Of it those of adversarial training.
files::OptionTable robust_table(TrainOptions& options);

}  // namespace backflow::train
