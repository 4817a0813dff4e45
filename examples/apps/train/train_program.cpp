#include "examples/apps/train/train_program.h"

#include <fmt/format.h>

#include <iostream>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/chrome_trace.h>
#include <backflow/runtime/flow/trace.h>
#include <backflow/runtime/scheduler/job_report.h>
#include <backflow/runtime/scheduler/other_programs.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "examples/apps/common/program.h"
#include "examples/apps/common/signals.h"
#include "examples/apps/train/train_data.h"
#include "examples/apps/train/train_network.h"

namespace backflow {
namespace {

using namespace std::chrono_literals;

int evaluate(TrainRun& run) {
  const train::Evaluation e = run.evaluate();
  std::cout << fmt::format("test loss {:.4f}  test accuracy {:.2f} %\n", e.loss, 100 * e.accuracy);
  return 0;
}

/// What a finished run says last; the exit status.
int say_end(const TrainProgram& p, TrainRun& run, StatusBoard& board) {
  const std::int64_t done = run.trainer().steps_done();
  if (run.stopped()) {
    std::cerr << "interrupted after step " << done << "; to go on: train --resume --out " << p.out.string() << '\n';
    return signal_status();
  }
  if (run.trainer().done())
    board.say(fmt::format("test accuracy {:.2f} %  (model: {})", 100 * run.evaluate().accuracy,
                          (p.out / "model.safetensors").string()));
  else
    board.say(str_cat("stopped after step ", done, " of ", run.trainer().total_steps()));
  return 0;
}

/// The images that are still being made, then the contact sheet and the animation.
void finish_watch(Watch& watch, const TrainRun& run, const TrainProgram& p, StatusBoard& board) {
  while (!watch.ended(100ms)) board.show();
  board.clear();
  watch.wait();
  if (const std::size_t made = watch.write(run.trainer().steps_done()))
    board.say(fmt::format("{} images: {}, {}", made, (p.out / "watch" / "contact_sheet.png").string(),
                          (p.out / "watch" / "animation.webp").string()));
}

/// What limited training and the images, and what more workers would bring.
void say_limits(const TrainProgram& p, const JobHandle& job, const JobStatus& status, const Watch* watch,
                StatusBoard& board, int cores, double programs) {
  board.say(limits_line(p.name, limits_of(status, job.profiles(), cores, programs)));
  if (watch) {
    board.say(limits_line("watch", limits_of(watch->total(), watch->work(), cores, programs)));
    board.say(
        fmt::format("core time: training {:.1f} s, images {:.1f} s", status.busy_seconds, watch->total().busy_seconds));
  }
  if (p.predict_cores) board.say(prediction_text(p.name, job.profiles()));
}

}  // namespace

int train_program(const TrainProgram& p, const TrainSettings& settings, const WatchOptions& watch_options,
                  const std::function<bool()>& interrupted) {
  std::optional<Trace> trace;  // before the flows, which point into it
  Scheduler scheduler(static_cast<int>(p.threads.value_or(0)));
  if (!p.trace.empty()) scheduler.set_trace(&trace.emplace(scheduler.threads()));
  if (!watch_options.what.empty()) check(watch_options);
  StatusBoard board(scheduler.threads(), p.quiet, false);
  TrainRun run(p, settings, scheduler, board);
  if (p.eval_only) return evaluate(run);
  if (!p.show_batch.empty()) {
    check_writable("--show-batch", p.show_batch);
    write_batch(p.show_batch, run.training_images(), run.settings());
  }

  std::optional<Watch> watch;
  if (!watch_options.what.empty()) watch.emplace(watch_options, run, scheduler, board, p.out / "watch");
  const TrainSettings& s = run.settings();
  const data::Dataset& train = *run.data().train;
  if (const std::string text = description_of(run.network(), s, train); !text.empty()) board.say(text);
  board.say(fmt::format("{} on {}: {} images of {} in {} classes, {} to test ({}); {} epochs of {} steps, {} workers",
                        start_of(s), s.data, train.size(), fmt::join(train.input_shape(), " × "), train.class_count(),
                        run.data().test->size(), run.data().kind, s.epochs, run.trainer().steps_per_epoch(),
                        scheduler.threads()));
  auto work = run.job(interrupted, watch ? [&](const train::StepReport& r) { watch->after_step(r); }
                                         : std::function<void(const train::StepReport&)>());
  const CoreUse before = core_use();
  JobHandle job = scheduler.submit(std::move(work), {.name = p.name});
  board.add(job);
  if (watch) watch->set_training(job);
  do board.show();
  while (!job.wait_for(100ms));
  if (watch) finish_watch(*watch, run, p, board);
  board.clear();
  const double programs = share_of_others(before, core_use(), scheduler.threads());
  const JobStatus status = job.wait();
  if (trace) {
    files::write_chrome_trace(*trace, p.trace);
    board.say(str_cat("trace: ", trace->summary()));
  }
  if (trace || p.predict_cores || watch)
    say_limits(p, job, status, watch ? &*watch : nullptr, board, scheduler.threads(), programs);
  return say_end(p, run, board);
}

}  // namespace backflow
