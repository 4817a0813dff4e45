// The options of a run that do not decide its result.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <backflow/runtime/files/option_table.h>

namespace backflow {

struct TrainProgram {
  std::optional<std::int64_t> threads;
  std::filesystem::path out = "out";
  std::filesystem::path checkpoint, trace, show_batch, labels;
  bool resume = false, overwrite = false, eval_only = false, quiet = false, predict_cores = false,
       memory_report = false;
  bool alone = true;                        // else a list of jobs has locked --out and shares out the memory
  bool strict = false;                      // about pictures that cannot be read
  std::optional<std::uint64_t> max_memory;  // bytes
  std::optional<std::uint64_t> cache;       // bytes of decoded pictures
  bool tensorboard = false;
  std::string serve, serve_token;  // a page at [ADDRESS:]PORT; empty: none
  bool serve_strict = false;
  std::optional<std::int64_t> limit_steps;
  std::int64_t checkpoint_every = 0;  // steps, in addition to the one after each epoch; 0: none
  std::string name = "train";         // of the job
  std::vector<std::string> given;     // options of the command line, to be held against a checkpoint
};

files::OptionTable table(TrainProgram& program);

}  // namespace backflow
