// Trains a classifier of images: see `train --help` and docs/training.md.
#include <CLI/CLI.hpp>
#include <set>

#include "examples/apps/common/completion.h"
#include "examples/apps/common/flags.h"
#include "examples/apps/common/memory_limit.h"
#include "examples/apps/common/program.h"
#include "examples/apps/common/signals.h"
#include "examples/apps/jobs/jobs_run.h"
#include "examples/apps/train/train_program.h"

using namespace backflow;

namespace {

/// Which flags need or exclude one another.
void relate(CLI::App& app) {
  CLI::Option* resume = app.get_option("--resume");
  resume->excludes(app.get_option("--checkpoint"))->excludes(app.get_option("--eval-only"));
  for (const char* flag : {"--watch-every", "--watch-steps"}) app.get_option(flag)->needs(app.get_option("--watch"));
}

int run(const TrainProgram& p, const TrainSettings& settings, const WatchOptions& watch, const std::string& jobs) {
  const auto stop = [] { return caught_signal() != 0; };
  if (jobs.empty()) return train_program(p, settings, watch, stop);
  static const std::set<std::string> both{"jobs", "out", "threads", "trace", "quiet", "predict-cores"};
  for (const std::string& option : p.given)
    if (!both.contains(option)) throw UsageError("--" + option + " does not go with --jobs: it belongs into the file");
  return JobsRun(p, read_jobs(jobs, p.out)).run(stop);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Trains a classifier of images on all cores.");
  TrainSettings settings;
  TrainProgram program;
  WatchOptions watch;
  std::string jobs;
  add_flags(app, table(settings), "Settings, which decide the result");
  add_flags(app, table(program), "The run");
  add_max_memory(app, program.max_memory,
                 "bytes for network, optimizer and batches, such as 500M or 2GiB: a run that needs more is refused",
                 "The run");
  add_flags(app, table(watch), "Images of what the network learns");
  app.add_option("--jobs", jobs, "run the list of jobs in FILE")->type_name("FILE")->group("The run");
  complete_with(*app.get_option("--model"), {"mlp", "cnn", "allconv"});
  complete_with(*app.get_option("--data")->type_name("DIR"), {"fashion-mnist"});
  complete_with(*app.get_option("--watch"), {"classes"});
  relate(app);
  app.footer(
      "Examples:\n  train --model cnn --epochs 5 --out out/cnn\n  train --resume --out out/cnn\n"
      "  train --eval-only --checkpoint out/cnn/model.safetensors");
  catch_signals();
  return run_program(app, argc, argv, [&] {
    program.given = given_options(app);
    return run(program, settings, watch, jobs);
  });
}
