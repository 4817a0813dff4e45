// Trains a classifier of images: see `train --help` and docs/training.md.
#include <CLI/CLI.hpp>
#include <csignal>
#include <set>

#include "examples/apps/common/program.h"
#include "examples/apps/jobs/jobs_run.h"
#include "examples/apps/train/train_program.h"

using namespace backflow;

namespace {

volatile std::sig_atomic_t interrupted = 0;

void add_options(CLI::App& app, TrainSettings& s) {
  app.add_option("--model", s.model, "mlp, cnn or allconv")->capture_default_str();
  app.add_option("--hidden", s.hidden, "widths of mlp's hidden layers")->delimiter(',')->capture_default_str();
  app.add_option("--data", s.data, "fashion-mnist, or a folder of IDX files")->capture_default_str();
  app.add_option("--epochs", s.epochs, "times through the data")->capture_default_str();
  app.add_option("--batch", s.batch, "images a step")->capture_default_str();
  app.add_option("--optimizer", s.optimizer, "sgd, adam or adamw")->capture_default_str();
  app.add_option("--lr", s.learning_rate, "highest learning rate")->capture_default_str();
  app.add_option("--momentum", s.momentum, "of sgd")->capture_default_str();
  app.add_flag("--nesterov", s.nesterov, "Nesterov's momentum");
  app.add_option("--weight-decay", s.weight_decay, "of every parameter")->capture_default_str();
  app.add_option("--label-smoothing", s.label_smoothing, "0 … 1")->capture_default_str();
  app.add_option("--schedule", s.schedule, "constant, step or cosine")->capture_default_str();
  app.add_option("--warmup", s.warmup, "steps in which the learning rate grows")->capture_default_str();
  app.add_option("--drop-every", s.drop_every, "epochs between the drops of --schedule step")->capture_default_str();
  app.add_option("--drop", s.drop, "factor of --schedule step")->capture_default_str();
  app.add_option("--precision", s.precision, kPrecisionHelp)->capture_default_str();
  app.add_option("--seed", s.seed, "of first weights and of the order of images")
      ->check(CLI::NonNegativeNumber)  // a minus would wrap around
      ->capture_default_str();
}

void add_options(CLI::App& app, TrainProgram& p) {
  app.add_option("--threads", p.threads, "workers; default: the CPUs that this process may use");
  app.add_option("--out", p.out, "folder for the results")->capture_default_str();
  auto* checkpoint =
      app.add_option("--checkpoint", p.checkpoint, "start from these weights (or evaluate them with --eval-only)");
  auto* resume = app.add_flag("--resume", p.resume,
                              "go on from the checkpoint in --out, to the same bits as without interruption");
  resume->excludes(checkpoint);
  resume->excludes(app.add_flag("--eval-only", p.eval_only, "only measure loss and accuracy on the test images"));
  app.add_option("--trace", p.trace, "write which node ran on which worker when, for chrome://tracing");
  app.add_option("--checkpoint-every", p.checkpoint_every, "steps between checkpoints within an epoch; 0: none")
      ->capture_default_str();
  app.add_option("--limit-steps", p.limit_steps, "stop after this many steps in all");
  app.add_flag("--predict-cores", p.predict_cores,
               "at the end say what limited the run, and predict its time on 1 to 64 workers");
  app.add_flag("--memory-report", p.memory_report, "print what holds how much memory before the first step");
  app.add_flag("--quiet", p.quiet, "print only errors");
}

void add_options(CLI::App& app, WatchOptions& w) {
  auto* watch = app.add_option("--watch", w.what,
                               "while it trains, make pictures of what it has learned: classes, or layer:NAME for its "
                               "channels");
  app.add_option("--watch-every", w.every, "steps between the snapshots that are pictured")
      ->needs(watch)
      ->capture_default_str();
  app.add_option("--watch-steps", w.steps, "steps that each picture takes")->needs(watch)->capture_default_str();
}

int run(const TrainProgram& p, const TrainSettings& settings, const WatchOptions& watch, const std::string& jobs) {
  const auto stop = [] { return interrupted != 0; };
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
  add_options(app, settings);
  add_options(app, program);
  add_options(app, watch);
  app.add_option("--jobs", jobs, "run the jobs of this file: docs/jobs.md");
  std::signal(SIGINT, [](int) { interrupted = 1; });
  return run_program(app, argc, argv, [&] {
    program.given = given_options(app);
    return run(program, settings, watch, jobs);
  });
}
