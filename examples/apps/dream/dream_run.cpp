#include "examples/apps/dream/dream_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <thread>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/atomic_file.h>
#include <backflow/runtime/image/grid.h>
#include <backflow/runtime/log/message.h>
#include "examples/apps/common/memory_limit.h"
#include "examples/apps/common/program.h"
#include "examples/apps/common/signals.h"
#include "examples/apps/common/steps_line.h"
#include "examples/apps/dream/dream_folder.h"
#include "examples/apps/dream/dream_frames.h"
#include "examples/apps/dream/dream_report.h"

namespace backflow {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kAnimationFrames = 40;

/// What costs something less than the run.
void warn(const std::string& what) { log::message(log::Level::warning, what); }

}  // namespace

DreamRun::DreamRun(DreamSetup setup, DreamFlags flags)
    : setup_(std::move(setup)),
      flags_(std::move(flags)),
      out_(flags_.out),
      memory_limit_(memory_limit(flags_.max_memory)),
      scheduler_(static_cast<int>(flags_.threads.value_or(0)), memory_limit_) {
  const std::int64_t steps = setup_.settings.options.steps;
  every_ = flags_.every.value_or(flags_.animation.empty() ? 0 : (steps + kAnimationFrames - 1) / kAnimationFrames);
  for (fs::path* file : {&flags_.grid, &flags_.animation, &flags_.report})
    if (!file->empty()) *file = out_ / *file;
  if (!flags_.again.empty()) original_.emplace(flags_.again);
  results_ = std::make_unique<DreamResults>(setup_, scheduler_, flags_.judge);
  add_pictures();
}

void DreamRun::say(const std::string& text) const {
  if (!flags_.quiet) std::cout << text << std::flush;
}

std::int64_t DreamRun::limit() const {
  const std::int64_t stored = setup_.settings.limit_steps, all = setup_.settings.options.steps;
  return std::min(all, flags_.limit_steps.value_or(stored > 0 ? stored : all));
}

void DreamRun::add_pictures() {
  const DreamSettings& s = setup_.settings;
  const auto names = file_names(s.targets);
  for (std::size_t i = 0; i < s.targets.size(); ++i) {
    dream::DreamInputs inputs = setup_.inputs;
    inputs.memory_limit = memory_limit_;
    inputs.after_step = [this, i](const dream::Dream& dream, const dream::DreamStep& step) {
      after_step(i, dream, step);
    };
    try {
      pictures_.push_back({s.targets[i], names[i],
                           dream::Dream(setup_.networks, s.targets[i].objective, s.options, std::move(inputs))});
    } catch (const MemoryError& e) {
      if (flags_.memory_report) std::cout << to_string(e.report()) << std::flush;
      throw;
    }
  }
}

/// On a worker.
void DreamRun::after_step(std::size_t picture, const dream::Dream& dream, const dream::DreamStep& step) {
  Event event{picture, step, {}};
  if (every_ > 0 && step.step % every_ == 0)
    for (std::int64_t v = 0; v < dream.options().variants; ++v) event.frame.push_back(dream.image(v));
  if (step.step == limit() && step.step < dream.options().steps) dream.stop();
  {
    const std::scoped_lock lock(mutex_);
    events_.push_back(std::move(event));
  }
  const auto now = std::chrono::steady_clock::now();
  if (!flags_.again.empty() || now - kept_[picture] < std::chrono::duration<double>(flags_.state_every)) return;
  kept_[picture] = now;
  keep_state(pictures_[picture]);
}

/// Between two steps of the image, on a worker. Metrics and frames come first: a run that goes on from the state finds
/// all that was before it.
void DreamRun::keep_state(const DreamImage& picture) {
  take_events();
  try {
    {
      const std::scoped_lock lock(writing_);
      metrics_->sync();
    }
    make_folder(out_ / "state");
    picture.dream.save(picture.state_file(out_));
  } catch (const Error& e) {
    warn(str_cat("the state of ", picture.target.title, " after step ", picture.dream.steps(),
                 " was not kept: ", e.what()));
  }
}

/// What earlier runs left in the folder; that of the images that are made now is replaced.
void DreamRun::read_records() {
  try {
    before_ = read_metrics(out_ / "metrics.jsonl");
    results_->keep_earlier(out_ / "summary.json");
  } catch (const Error& e) {
    if (flags_.resume) throw;
    fail("--out: '", out_.string(), "' holds files of something else: ", e.what(), "; choose another folder");
  }
  if (flags_.resume) return;
  for (const DreamTarget& t : setup_.settings.targets) before_.erase(t.objective);
}

void DreamRun::open_output() {
  if (!flags_.resume && !flags_.overwrite && flags_.again.empty()) check_unfinished(out_, setup_.settings);
  if (!flags_.resume && !flags_.overwrite && flags_.again.empty() && limit() < setup_.settings.options.steps)
    for (const DreamImage& p : pictures_) check_not_shortened(p, limit(), out_);
  read_records();
  make_folder(out_);
  lock_.emplace(out_);
  check_folder("--grid", flags_.grid);
  check_folder("--animation", flags_.animation);
  check_folder("--report", flags_.report);
  std::error_code ignored;
  if (!flags_.resume && flags_.again.empty()) fs::remove_all(out_ / "state", ignored);
  if (every_ > 0)
    for (const DreamImage& p : pictures_)
      for (std::int64_t v = 0; v < p.dream.options().variants; ++v) {
        if (!flags_.resume) fs::remove_all(p.frames(out_, v), ignored);
        make_folder(p.frames(out_, v));
      }
  if (flags_.again.empty()) files::write_file(out_ / "run.json", to_json(whole_settings(setup_.settings)) + "\n");
}

void DreamRun::resume() {
  std::vector<std::string> targets;
  for (const auto& [target, steps] : before_)
    if (std::none_of(pictures_.begin(), pictures_.end(),
                     [&target = target](const auto& p) { return p.target.objective == target; }))
      targets.push_back(target);
  for (DreamImage& p : pictures_) {
    targets.push_back(p.target.objective);
    if (flags_.resume && fs::exists(p.state_file(out_)))
      p.dream.load(p.state_file(out_));
    else
      p.complete = flags_.resume && is_there(p, setup_.settings, out_);
    const std::int64_t done = p.complete ? p.dream.options().steps : p.dream.steps();
    std::erase_if(before_[p.target.objective], [done](const dream::DreamStep& s) { return s.step > done; });
    steps_done_ += std::min(done, limit());
  }
  steps_before_ = steps_done_;
  kept_.assign(pictures_.size(), std::chrono::steady_clock::now());
  metrics_ = std::make_unique<DreamMetrics>(out_ / "metrics.jsonl", std::move(targets), std::move(before_));
  if (flags_.resume)
    say(fmt::format("goes on after {} of {} steps\n", steps_done_.load(),
                    limit() * static_cast<std::int64_t>(pictures_.size())));
}

void DreamRun::say_what() {
  const dream::DreamOptions& o = setup_.settings.options;
  say(fmt::format("{} image{} of {} × {}, {} steps, {} workers\n", pictures_.size(), pictures_.size() == 1 ? "" : "s",
                  o.width, o.height, limit(), scheduler_.threads()));
  say(hints(setup_));
  if (jobs_.empty()) return;
  std::size_t all = 0;
  const dream::Dream* largest = nullptr;
  for (std::size_t i : of_job_) {
    const dream::Dream& dream = pictures_[i].dream;
    all += dream.memory_bytes();
    if (!largest || dream.memory_bytes() > largest->memory_bytes()) largest = &dream;
  }
  const std::size_t most = largest->memory_bytes(), whole = largest->unlimited_bytes();
  say(fmt::format("memory: {} for an image{}, {} for {} at once; the limit is {}\n", mebibytes(most),
                  most < whole ? fmt::format(" ({} if activations were not computed again)", mebibytes(whole)) : "",
                  mebibytes(all), jobs_.size(), mebibytes(memory_limit_)));
  if (flags_.memory_report) std::cout << to_string(largest->memory_report(scheduler_)) << std::flush;
}

void DreamRun::submit() {
  for (std::size_t i = 0; i < pictures_.size(); ++i) {
    DreamImage& p = pictures_[i];
    if (p.complete || p.dream.steps() >= limit()) continue;
    jobs_.push_back(scheduler_.submit(p.dream.job(scheduler_), {.name = p.target.objective}));
    of_job_.push_back(i);
  }
}

bool DreamRun::all_ended() const {
  return std::all_of(jobs_.begin(), jobs_.end(), [](const JobHandle& j) {
    const JobState s = j.status().state;
    return s == JobState::complete || s == JobState::failed || s == JobState::cancelled;
  });
}

bool DreamRun::all_done() const {
  return std::all_of(pictures_.begin(), pictures_.end(),
                     [](const DreamImage& p) { return p.complete || p.dream.done(); });
}

void DreamRun::take_events() {
  const std::scoped_lock writing(writing_);
  std::vector<Event> events;
  {
    const std::scoped_lock lock(mutex_);
    events.swap(events_);
  }
  for (const Event& e : events) {
    metrics_->add(pictures_[e.picture].target.objective, e.step);
    ++steps_done_;
    write_frames(e);
  }
  if (!events.empty()) objective_sum_ = events.back().step.objective;
  try {
    metrics_->flush();
  } catch (const Error& e) {
    warn(str_cat(e.what(), "; it is written again with the next state or at the end"));
  }
}

/// One that cannot be written is missing, and no more.
void DreamRun::write_frames(const Event& event) {
  for (std::size_t v = 0; v < event.frame.size(); ++v) try {
      const fs::path folder = pictures_[event.picture].frames(out_, static_cast<std::int64_t>(v));
      image::write_png(frame_file(folder, event.step.step), event.frame[v]);
    } catch (const Error& e) {
      warn(e.what());
    }
}

void DreamRun::make(const std::function<bool()>& interrupted) {
  const auto pictures = static_cast<std::int64_t>(pictures_.size());
  StepsLine progress(limit() * pictures, "steps", flags_.quiet);
  bool stopped = false, ended = false;
  while (!ended) {
    ended = all_ended();  // before the events, of which none comes later
    take_events();
    progress.show(steps_done_, steps_done_ - steps_before_, fmt::format("objective {:.3f}", objective_sum_));
    if (interrupted() && !std::exchange(stopped, true))
      for (const DreamImage& p : pictures_) p.dream.stop();
    if (!ended) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  for (std::size_t j = 0; j < jobs_.size(); ++j) try {
      jobs_[j].wait();
    } catch (const Error& e) {
      pictures_[of_job_[j]].failed = true;
      failures_.emplace_back(e.what());
    }
}

int DreamRun::run(const std::function<bool()>& interrupted) {
  open_output();
  resume();
  submit();
  say_what();
  make(interrupted);
  finish();
  const bool stopped = interrupted() && steps_done_ < limit() * static_cast<std::int64_t>(pictures_.size());
  if (!stopped) compare_with_original();
  return say_end(stopped);
}

}  // namespace backflow
