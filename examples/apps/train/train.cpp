// Trains a classifier of images: see `train --help` and docs/training.md.
#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <set>

#include <backflow/runtime/models/torchvision.h>
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
  app.get_option("--from")->excludes(app.get_option("--checkpoint"));
  for (const char* flag : {"--from", "--eval-only"}) app.get_option("--labels")->needs(app.get_option(flag));
  for (const char* flag : {"--watch-every", "--watch-steps"}) app.get_option(flag)->needs(app.get_option("--watch"));
  CLI::Option* serve = app.get_option("--serve")->type_name("[ADDRESS:]PORT");
  serve->excludes(app.get_option("--eval-only"));
  for (const char* flag : {"--serve-token", "--serve-strict"}) app.get_option(flag)->needs(serve);
}

/// What to do in place of an option of single runs.
std::string instead_of(const std::string& option) {
  static const std::map<std::string, std::string> ways{
      {"overwrite", "remove the folder of the job that is to start anew, or give it another 'out' in the file"},
      {"resume", "the same command goes on with what is not complete"},
      {"eval-only", "a job of kind evaluate does that"},
      {"checkpoint", "it is a key of a job in the file"},
      {"limit-steps", "it is a key of a job in the file: limit_steps"},
      {"checkpoint-every", "it is a key of a job in the file: checkpoint_every"},
      {"memory-report", "it is about one run: give it without --jobs"},
      {"watch", "a job of kind dream makes images of a trained network"}};
  if (const auto way = ways.find(option); way != ways.end()) return way->second;
  TrainSettings settings;
  const files::OptionTable options = table(settings);
  const files::Option* setting = files::find(options, option);
  return setting ? "it is a setting of a job in the file: " + setting->name : "it is for single runs";
}

/// Prints the network in the words of --model FILE.json.
int print_model(const std::string& name, const TrainSettings& settings) {
  std::cout << layers_of(name, settings) << std::flush;
  return 0;
}

int run(const TrainProgram& p, const TrainSettings& settings, const WatchOptions& watch, const std::string& jobs) {
  const auto stop = [] { return caught_signal() != 0; };
  if (jobs.empty()) return train_program(p, settings, watch, stop);
  static const std::set<std::string> both{"jobs", "out", "threads", "trace", "quiet", "predict-cores", "max-memory"};
  for (const std::string& option : p.given)
    if (!both.contains(option)) throw UsageError("--" + option + " does not go with --jobs: " + instead_of(option));
  return JobsRun(p, read_jobs(jobs, p.out)).run(stop);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Trains a classifier of images on all cores.");
  TrainSettings settings;
  TrainProgram program;
  WatchOptions watch;
  std::string jobs, printed;
  add_flags(app, table(settings), "Settings, which decide the result");
  add_flags(app, table(program), "The run");
  add_max_memory(app, program.max_memory,
                 "bytes for network, optimizer and batches, such as 500M or 2GiB: a run that needs more is refused",
                 "The run");
  add_size(
      app, "--cache", program.cache,
      "bytes of decoded pictures to keep; the others are decoded again for each epoch; default: 2G, or a quarter of "
      "what the machine has left",
      "The run");
  add_flags(app, table(watch), "Images of what the network learns");
  app.add_option("--jobs", jobs, "run the list of jobs in FILE")->type_name("FILE")->group("The run");
  app.add_option("--show-batch", program.show_batch,
                 "write the first batch of training images as a contact sheet, PNG or JPEG")
      ->type_name("FILE")
      ->group("The run");
  app.add_option("--print-model", printed, "print this network as --model FILE.json reads it: cnn, resnet18, …")
      ->type_name("NAME")
      ->group("The run");
  std::vector<std::string> networks = models::torchvision_networks();
  networks.insert(networks.begin(), {"mlp", "cnn", "allconv"});
  complete_with(*app.get_option("--model"), networks);
  complete_with(*app.get_option("--print-model"), networks);
  complete_with(*app.get_option("--arch"), models::architectures());
  complete_with(*app.get_option("--augment"), {"none", "light", "standard"});
  complete_with(*app.get_option("--freeze"), {"none", "backbone", "to:"});
  app.get_option("--from")->type_name("FILE");
  complete_with(*app.get_option("--data")->type_name("DIR|FILE"), {"fashion-mnist"});
  complete_with(*app.get_option("--watch"), {"classes"});
  relate(app);
  app.footer(
      "Examples:\n  train --model cnn --epochs 5 --out out/cnn\n  train --resume --out out/cnn\n"
      "  train --eval-only --checkpoint out/cnn/model.safetensors\n"
      "  train --eval-only --from resnet50.onnx --labels imagenet.txt --data photos");
  catch_signals();
  return run_program(app, argc, argv, [&] {
    program.given = given_options(app);
    return printed.empty() ? run(program, settings, watch, jobs) : print_model(printed, settings);
  });
}
