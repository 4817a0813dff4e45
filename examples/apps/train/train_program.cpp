#include "examples/apps/train/train_program.h"

#include <fmt/format.h>

#include <iostream>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/chrome_trace.h>
#include <backflow/runtime/flow/trace.h>
#include <backflow/runtime/scheduler/job_report.h>
#include <backflow/runtime/scheduler/other_programs.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/evaluation_text.h>
#include <backflow/runtime/train/run_folder.h>
#include "examples/apps/common/program.h"
#include "examples/apps/common/signals.h"
#include "examples/apps/train/train_data.h"
#include "examples/apps/train/train_folder.h"
#include "examples/apps/train/train_network.h"
#include "examples/apps/train/train_page.h"

namespace backflow {
namespace {

using namespace std::chrono_literals;

/// "60000 images of 1 × 28 × 28 in 10 classes", "353 rows of 10 features with a number"
std::string samples_text(const data::Dataset& data) {
  const bool images = data.input_shape().size() == 3;
  return fmt::format("{} {} of {}{}", data.size(), images ? "images" : "rows", fmt::join(data.input_shape(), " × "),
                     images ? "" : " features") +
         (data.target_count() > 0 ? " with a number to predict" : fmt::format(" in {} classes", data.class_count()));
}

int evaluate(TrainRun& run) {
  const train::FinalTest& test = run.evaluate();
  std::cout << train::evaluation_text(test.evaluation()) << '\n';
  if (!test.evaluation().regression) std::cout << test.text();
  return 0;
}

std::string result_of(const TrainProgram& p, const TrainRun& run) {
  const train::Fit& fit = run.fit();
  const bool has_best = fit.best().epoch() > 0;
  const char* file = has_best ? train::kBest : run.settings().ema > 0 ? train::kAverage : train::kModel;
  std::string text;
  if (fit.is_over() && !fit.trainer().done())
    text = fmt::format("ended after epoch {}: none of the last {} was better; ",
                       fit.trainer().steps_done() / fit.trainer().steps_per_epoch(), run.settings().patience);
  if (has_best)
    text += fmt::format("epoch {} was the best: validation {} {:.4f}; ", fit.best().epoch(),
                        name_of(fit.best().monitor()), fit.best().value());
  return text + fmt::format("test {}  (model: {}; more: {})", train::quality_text(fit.test()->evaluation()),
                            (p.out / file).string(), (p.out / "report.txt").string());
}

/// What a finished run says last; the exit status.
int say_end(const TrainProgram& p, TrainRun& run, const TrainPage& page, StatusBoard& board) {
  const std::int64_t done = run.fit().trainer().steps_done();
  if (run.fit().stopped()) {
    std::cerr << (page.stops() ? "stopped from its page after step " : "interrupted after step ") << done
              << "; to go on: train --resume --out " << p.out.string() << '\n';
    return page.stops() ? 0 : signal_status();
  }
  if (run.fit().test())
    board.say(result_of(p, run));
  else
    board.say(str_cat("stopped after step ", done, " of ", run.fit().trainer().total_steps()));
  return 0;
}

/// The images that are still being made, then the contact sheet and the animation.
void finish_watch(Watch& watch, const TrainRun& run, const TrainProgram& p, TrainPage& page, StatusBoard& board) {
  while (!watch.ended(100ms)) board.show(), page.update();
  board.clear();
  watch.wait();
  if (const std::size_t made = watch.write(run.fit().trainer().steps_done()))
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
  if (!watch_options.what.empty() && run.data().train->input_shape().size() != 3)
    throw UsageError("--watch makes images, but the network reads the rows of a table");
  if (!p.show_batch.empty()) {
    check_writable("--show-batch", p.show_batch);
    write_batch(p.show_batch, run.training_images(), run.settings());
  }

  TrainPage page(p, run, board, interrupted);
  std::optional<Watch> watch;
  if (!watch_options.what.empty()) watch.emplace(watch_options, run, scheduler, board, p.out / "watch");
  const TrainSettings& s = run.settings();
  const data::Dataset& train = *run.data().train;
  if (const std::string text = description_of(run.network(), s, train); !text.empty()) board.say(text);
  board.say(fmt::format("{} on {}: {}, {} to test ({}); {} epochs of {} steps, {} workers", start_of(s), s.data,
                        samples_text(train), run.data().test->size(), run.data().kind, s.epochs,
                        run.fit().trainer().steps_per_epoch(), scheduler.threads()));
  if (!run.data().about.empty()) board.say(run.data().about);
  const auto stop = [&] { return interrupted() || page.stops(); };
  auto work = run.job(stop, watch ? [&](const train::StepReport& r) { watch->after_step(r); }
                                  : std::function<void(const train::StepReport&)>());
  const CoreUse before = core_use();
  JobHandle job = scheduler.submit(std::move(work), {.name = p.name});
  board.add(job);
  if (watch) watch->set_training(job);
  const auto attached = page.attach(job, watch ? &*watch : nullptr);
  do board.show(), page.update();
  while (!job.wait_for(100ms));
  if (watch) finish_watch(*watch, run, p, page, board);
  page.end();
  board.clear();
  const double programs = share_of_others(before, core_use(), scheduler.threads());
  const JobStatus status = job.wait();
  if (trace) {
    files::write_chrome_trace(*trace, p.trace);
    board.say(str_cat("trace: ", trace->summary()));
  }
  if (trace || p.predict_cores || watch)
    say_limits(p, job, status, watch ? &*watch : nullptr, board, scheduler.threads(), programs);
  return say_end(p, run, page, board);
}

}  // namespace backflow
