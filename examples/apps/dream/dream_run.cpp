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
#include <backflow/runtime/scheduler/available_memory.h>
#include "examples/apps/common/steps_line.h"
#include "examples/apps/dream/dream_folder.h"
#include "examples/apps/dream/dream_frames.h"
#include "examples/apps/dream/dream_report.h"

namespace backflow {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kAnimationFrames = 40;
constexpr double kMemoryShare = 0.8;  // of what the machine has left

/// 0, which is no limit, where the system does not say.
std::size_t usual_memory_limit() {
  const double bytes = kMemoryShare * available_memory();
  return std::isfinite(bytes) ? static_cast<std::size_t>(bytes) : 0;
}

std::string mebibytes(std::size_t bytes) { return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20)); }

}  // namespace

DreamRun::DreamRun(DreamSetup setup, DreamFlags flags)
    : setup_(std::move(setup)),
      flags_(std::move(flags)),
      out_(flags_.out),
      memory_limit_(flags_.max_memory ? *flags_.max_memory : usual_memory_limit()),
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
    pictures_.push_back(
        {s.targets[i], names[i], dream::Dream(setup_.networks, s.targets[i].objective, s.options, std::move(inputs))});
  }
}

/// On a worker.
void DreamRun::after_step(std::size_t picture, const dream::Dream& dream, const dream::DreamStep& step) {
  Event event{picture, step, {}};
  if (every_ > 0 && step.step % every_ == 0)
    for (std::int64_t v = 0; v < dream.options().variants; ++v) event.frame.push_back(dream.image(v));
  if (step.step == limit() && step.step < dream.options().steps) dream.stop();
  const std::scoped_lock lock(mutex_);
  events_.push_back(std::move(event));
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
  read_records();
  make_folder(out_);
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
    if (std::none_of(pictures_.begin(), pictures_.end(), [&](const auto& p) { return p.target.objective == target; }))
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
  metrics_ = std::make_unique<DreamMetrics>(out_ / "metrics.jsonl", std::move(targets), std::move(before_));
  if (flags_.resume)
    say(fmt::format("goes on after {} of {} steps\n", steps_done_,
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

void DreamRun::take_events() {
  std::vector<Event> events;
  {
    const std::scoped_lock lock(mutex_);
    events.swap(events_);
  }
  for (const Event& e : events) {
    const DreamImage& p = pictures_[e.picture];
    metrics_->add(p.target.objective, e.step);
    ++steps_done_;
    for (std::size_t v = 0; v < e.frame.size(); ++v)
      image::write_png(frame_file(p.frames(out_, static_cast<std::int64_t>(v)), e.step.step), e.frame[v]);
  }
  if (!events.empty()) objective_sum_ = events.back().step.objective;
  metrics_->flush();
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

void DreamRun::write_states() {
  const bool all =
      std::all_of(pictures_.begin(), pictures_.end(), [](const DreamImage& p) { return p.complete || p.dream.done(); });
  std::error_code ignored;
  if (all) {
    fs::remove_all(out_ / "state", ignored);
    return;
  }
  make_folder(out_ / "state");
  for (const DreamImage& p : pictures_)
    if (!p.complete && !p.failed && p.dream.steps() > 0) p.dream.save(p.state_file(out_));
}

void DreamRun::write_results() {
  metrics_->finish();
  for (const DreamImage& p : pictures_)
    if (p.complete || (!p.failed && p.dream.steps() > 0))
      results_->add(p, setup_.settings, metrics_->of(p.target.objective), out_);
  if (results_->images().empty()) return;
  files::write_file(out_ / "summary.json", results_->json());
  say(results_->table());
}

/// The contact sheet, the animation and the report.
void DreamRun::write_extras() {
  if (results_->images().empty()) return;
  fs::path sheet = flags_.grid;
  if (sheet.empty() && setup_.sheet) sheet = out_ / "contact_sheet.png";
  if (!sheet.empty()) {
    image::write_image(sheet, sheet_of(results_->images(), results_->captions()));
    say(fmt::format("contact sheet: {}\n", sheet.string()));
  }
  if (!flags_.animation.empty()) {
    write_run_animation(flags_.animation, out_, pictures_, results_->images(), results_->titles());
    say(fmt::format("animation: {}\n", flags_.animation.string()));
  }
  if (!flags_.report.empty()) {
    write_report(flags_.report, out_, setup_.settings, *results_, *metrics_);
    say(fmt::format("report: {}\n", flags_.report.string()));
  }
}

/// Of a run that --limit-steps did not shorten.
void DreamRun::compare_with_original() {
  if (!original_ || flags_.limit_steps || !failures_.empty()) return;
  const auto made = pictures_[0].files(out_);
  const std::string text = original_->compared(made);
  if (original_->is_among(made))
    say(text + "\n");
  else
    failures_.push_back(text);
}

int DreamRun::say_end(bool stopped) {
  for (const std::string& failure : failures_) std::cerr << "dream: " << failure << '\n';
  if (!failures_.empty()) return 1;
  if (stopped)
    std::cerr << "interrupted after " << steps_done_ << " steps; to go on: dream --resume --out " << out_.string()
              << '\n';
  return stopped ? 130 : 0;
}

int DreamRun::run(const std::function<bool()>& interrupted) {
  open_output();
  resume();
  submit();
  say_what();
  make(interrupted);
  if (flags_.again.empty()) write_states();
  write_results();
  write_extras();
  const bool stopped = interrupted() && steps_done_ < limit() * static_cast<std::int64_t>(pictures_.size());
  if (!stopped) compare_with_original();
  return say_end(stopped);
}

}  // namespace backflow
