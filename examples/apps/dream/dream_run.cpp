#include "examples/apps/dream/dream_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <thread>

#include <backflow/graph/error.h>
#include <backflow/runtime/files/atomic_file.h>
#include <backflow/runtime/files/file_bytes.h>
#include <backflow/runtime/image/grid.h>
#include <backflow/runtime/log/message.h>
#include <backflow/runtime/scheduler/available_memory.h>
#include "examples/apps/common/program.h"
#include "examples/apps/common/signals.h"
#include "examples/apps/common/steps_line.h"
#include "examples/apps/dream/dream_frames.h"
#include "examples/apps/dream/dream_report.h"

namespace backflow {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kAnimationFrames = 40;
constexpr double kMemoryShare = 0.8;  // of what the machine has left

/// What costs something less than the run.
void warn(const std::string& what) { log::message(log::Level::warning, what); }

/// What is written when all steps are done is refused before the first one.
void check_folder(const char* flag, const fs::path& file) {
  const fs::path folder = file.parent_path();
  require(folder.empty() || fs::is_directory(folder), flag, ": there is no folder '", folder.string(), "' to write ",
          file.filename().string(), " in");
  if (!file.empty()) check_writable(flag, file);
}

/// 0, which is no limit, where the system does not say.
std::size_t usual_memory_limit() {
  const double bytes = kMemoryShare * available_memory();
  return std::isfinite(bytes) ? static_cast<std::size_t>(bytes) : 0;
}

std::string mebibytes(std::size_t bytes) { return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20)); }

/// An image that an earlier run has finished with the same settings.
bool is_there(const DreamImage& p, const DreamSettings& settings, const fs::path& out) {
  DreamSettings s = settings;
  s.limit_steps = 0;
  for (const fs::path& file : p.files(out)) {
    if (!fs::exists(file)) return false;
    if (image::read_png_text(file) != png_text(s, p.target)) return false;
  }
  return true;
}

}  // namespace

DreamSettings settings_of_run(const fs::path& out) {
  const fs::path file = out / "run.json";
  require(fs::exists(file), "--resume: there is no run in '", out.string(), "': it has no run.json");
  const auto bytes = files::file_bytes(file);
  return dream_settings_from_json({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file.string());
}

DreamRun::DreamRun(DreamSetup setup, DreamFlags flags)
    : setup_(std::move(setup)),
      flags_(std::move(flags)),
      out_(flags_.out),
      memory_limit_(flags_.max_memory ? *flags_.max_memory : usual_memory_limit()),
      scheduler_(static_cast<int>(flags_.threads.value_or(0)), memory_limit_) {
  const std::int64_t steps = setup_.settings.options.steps;
  every_ = flags_.every.value_or(flags_.animation.empty() ? 0 : (steps + kAnimationFrames - 1) / kAnimationFrames);
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

void DreamRun::open_output() {
  make_folder(out_);
  lock_.emplace(out_);
  check_folder("--grid", flags_.grid);
  check_folder("--animation", flags_.animation);
  check_folder("--report", flags_.report);
  std::error_code ignored;
  if (!flags_.resume) {
    fs::remove_all(out_ / "state", ignored);
    if (every_ > 0) fs::remove_all(out_ / "frames", ignored);
  }
  if (every_ > 0)
    for (const DreamImage& p : pictures_)
      for (std::int64_t v = 0; v < p.dream.options().variants; ++v) make_folder(p.frames(out_, v));
  DreamSettings settings = setup_.settings;
  settings.limit_steps = 0;
  if (flags_.again.empty()) files::write_file(out_ / "run.json", to_json(settings) + "\n");
}

void DreamRun::resume() {
  StepsByTarget before;
  if (flags_.resume) before = read_metrics(out_ / "metrics.jsonl");
  std::vector<std::string> targets;
  for (DreamImage& p : pictures_) {
    targets.push_back(p.target.objective);
    if (flags_.resume && fs::exists(p.state_file(out_)))
      p.dream.load(p.state_file(out_));
    else
      p.complete = flags_.resume && is_there(p, setup_.settings, out_);
    const std::int64_t done = p.complete ? p.dream.options().steps : p.dream.steps();
    std::erase_if(before[p.target.objective], [done](const dream::DreamStep& s) { return s.step > done; });
    steps_done_ += std::min(done, limit());
  }
  steps_before_ = steps_done_;
  kept_.assign(pictures_.size(), std::chrono::steady_clock::now());
  metrics_ = std::make_unique<DreamMetrics>(out_ / "metrics.jsonl", std::move(targets), std::move(before));
}

void DreamRun::say_what() {
  const dream::DreamOptions& o = setup_.settings.options;
  say(fmt::format("{} image{} of {} × {}, {} steps, {} workers\n", pictures_.size(), pictures_.size() == 1 ? "" : "s",
                  o.width, o.height, limit(), scheduler_.threads()));
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
  for (const std::string& failure : failures_) std::cerr << "dream: " << failure << '\n';
  if (!failures_.empty()) return 1;
  const bool stopped = interrupted() && steps_done_ < limit() * static_cast<std::int64_t>(pictures_.size());
  if (stopped)
    std::cerr << "interrupted after " << steps_done_ << " steps; to go on: dream --resume --out " << out_.string()
              << '\n';
  return stopped ? signal_status() : 0;
}

}  // namespace backflow
