#include "examples/apps/train/watch.h"

#include <fmt/format.h>

#include <algorithm>

#include <backflow/graph/error.h>
#include <backflow/runtime/image/animation.h>
#include <backflow/runtime/image/grid.h>
#include <backflow/runtime/image/png.h>
#include <backflow/runtime/log/message.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "examples/apps/common/program.h"

namespace backflow {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxChannels = 16;   // of a whole layer
constexpr std::size_t kMaxSnapshots = 32;  // that wait for their images
constexpr std::size_t kSheetColumns = 12;
constexpr int kWatchCell = 84;  // pixels

std::string folder_of(const std::string& target) { return dream::file_name(dream::parse_objective(target)); }

/// One image, and what is done with it.
class FrameJob final : public Job {
 public:
  FrameJob(dream::Dream dream, Scheduler& scheduler, std::function<void(const image::Image&)> done)
      : dream_(std::move(dream)), job_(dream_.job(scheduler)), done_(std::move(done)) {}

  Flow* next() override {
    if (Flow* flow = job_->next()) return flow;
    done_(dream_.image());
    return nullptr;
  }

 private:
  dream::Dream dream_;
  std::unique_ptr<Job> job_;
  std::function<void(const image::Image&)> done_;
};

}  // namespace

/// What the images of one step have in common.
struct Watch::Frame {
  std::int64_t step;
  std::shared_ptr<const train::Snapshot> snapshot;
  std::mutex mutex;
  std::shared_ptr<dream::DreamNetworks> networks;  // made with the first image
};

files::OptionTable table(WatchOptions& o) {
  using files::at_least;
  return {
      {"watch", &o.what,
       "while it trains, make images of what it has learned: classes, or layer:NAME for its channels"},
      {"watch_every", &o.every, "steps between the snapshots that are shown", at_least(1)},
      {"watch_steps", &o.steps, "steps that each image takes", at_least(1)},
  };
}

void check(const WatchOptions& o) {
  if (o.what != "classes" && o.what.rfind("layer:", 0) != 0)
    throw UsageError(str_cat("--watch needs classes or layer:NAME, got '", o.what, "'"));
}

Watch::Watch(WatchOptions options, const TrainRun& run, Scheduler& scheduler, StatusBoard& board, fs::path out)
    : options_(std::move(options)),
      run_(run),
      scheduler_(scheduler),
      out_(std::move(out)),
      dream_options_(dream_options("homework", run.network().input, "")) {
  check(options_);
  dream_options_.steps = options_.steps;
  const models::InputSpec& input = run.network().input;
  auto networks = dream_networks(run.network());
  try {
    if (options_.what == "classes")
      for (int c = 0; c < run.data().train->class_count(); ++c) targets_.push_back(str_cat("class:", c));
    else
      targets_ = dream::expand_target(
          std::count(options_.what.begin(), options_.what.end(), ':') == 1 ? options_.what + ":*" : options_.what,
          networks->names(0, input.height, input.width));
    if (targets_.size() > kMaxChannels && options_.what != "classes") targets_.resize(kMaxChannels);
    for (const std::string& target : targets_) {
      memory_ = std::max(memory_, dream::Dream(networks, target, dream_options_).memory_bytes());
      std::error_code error;
      fs::create_directories(out_ / folder_of(target), error);
      require(!error, "cannot make the folder '", (out_ / folder_of(target)).string(), "': ", error.message());
    }
  } catch (const Error& e) {
    throw UsageError(str_cat("--watch: ", e.what()));
  }
  board.note([this] { return line(); });
}

Watch::~Watch() {
  for (const JobHandle& job : jobs_)
    while (!job.wait_for(std::chrono::seconds(1))) {
    }
}

fs::path Watch::file(const std::string& target, std::int64_t step) const {
  return out_ / folder_of(target) / fmt::format("step_{:06}.png", step);
}

void Watch::set_training(const JobHandle& training) {
  const std::scoped_lock lock(mutex_);
  training_ = training;
}

void Watch::after_step(const train::StepReport& r) {
  if (r.step % options_.every != 0 && r.step != run_.fit().last_step()) return;
  auto frame = std::make_shared<Frame>();
  frame->step = r.step;
  frame->snapshot = snapshots_.publish(run_.store(), r.step);
  for (const std::string& target : targets_) submit(frame, target);
  const std::scoped_lock lock(mutex_);
  if (begun_ - made_ > kMaxSnapshots * targets_.size()) behind_ = true;
  pause_or_resume();
}

void Watch::hold_training(bool held) {
  const std::scoped_lock lock(mutex_);
  held_ = held;
  pause_or_resume();
}

/// With the mutex held.
void Watch::pause_or_resume() {
  if (!training_) return;
  if (behind_ || held_)
    training_->pause();
  else
    training_->resume();
}

/// Dreams run side by side in as many lanes as there are cores, each after the one before it, and all lanes together
/// have the share that training has.
void Watch::submit(const std::shared_ptr<Frame>& frame, const std::string& target) {
  const std::scoped_lock lock(mutex_);
  settle();
  const auto lanes = static_cast<std::size_t>(scheduler_.threads());
  JobOptions options{.name = str_cat("watch ", target, " step ", frame->step),
                     .share = 1.0 / static_cast<double>(lanes)};
  const std::size_t lane = begun_++ % lanes;
  if (lane < lanes_.size()) options.after = {lanes_[lane]};
  JobHandle job =
      scheduler_.submit(std::make_unique<train::DeferredJob>(
                            memory_, [this, frame, target] { return dream(frame, target); }, dream_options_.steps),
                        options);
  jobs_.push_back(job);
  if (lane < lanes_.size())
    lanes_[lane] = job;
  else
    lanes_.push_back(job);
}

std::unique_ptr<Job> Watch::dream(const std::shared_ptr<Frame>& frame, const std::string& target) {
  {
    const std::scoped_lock lock(frame->mutex);
    if (!frame->networks) {
      frame->networks = dream_networks(run_.network());
      frame->snapshot->assign_to(frame->networks->weights());
    }
  }
  return std::make_unique<FrameJob>(dream::Dream(frame->networks, target, dream_options_), scheduler_,
                                    [this, frame, target](const image::Image& image) {
                                      try {
                                        show(target, frame->step, image);
                                        image::write_png(file(target, frame->step), image);
                                      } catch (const Error& e) {  // costs the image, not the run
                                        log::message(log::Level::warning, e.what());
                                      }
                                      done();
                                    });
}

void Watch::show(const std::string& target, std::int64_t step, const image::Image& image) const {
  if (RunEvents* events = run_.events()) events->add_image("watch/" + folder_of(target), step, image);
  if (!run_.page()) return;
  const auto names = run_.data().train->class_names();
  const auto of = std::find(targets_.begin(), targets_.end(), target) - targets_.begin();
  const bool has_name = options_.what == "classes" && static_cast<std::size_t>(of) < names.size();
  run_.page()->add_picture(has_name ? names[static_cast<std::size_t>(of)] : target, step, image::encode_png(image));
}

void Watch::done() {
  const std::scoped_lock lock(mutex_);
  ++made_;
  if (begun_ - made_ <= kMaxSnapshots * targets_.size() / 2) behind_ = false;
  pause_or_resume();
}

std::string Watch::line() const {
  const std::scoped_lock lock(mutex_);
  return fmt::format("{:<16} {} of {} images", "watch", made_, begun_);
}

/// Adds up the images that have ended and forgets them: a long run makes any number. With the mutex held.
void Watch::settle() {
  for (; !jobs_.empty(); jobs_.pop_front()) {
    const JobStatus s = jobs_.front().status();
    if (!has_ended(s.state)) return;
    if (s.state != JobState::complete && !failed_) failed_ = jobs_.front();
    sum_.seconds += s.seconds / static_cast<double>(lanes_.size());  // each lane has one after the other
    sum_.busy_seconds += s.busy_seconds;
    sum_.others_seconds += s.others_seconds;
    sum_.step_seconds += s.step_seconds;
    sum_.turn_seconds += s.turn_seconds;
    work_.add(jobs_.front().profiles());
  }
}

void Watch::wait() {
  while (!ended(std::chrono::seconds(1))) {
  }
  const std::scoped_lock lock(mutex_);
  settle();
  if (failed_) failed_->wait();
}

bool Watch::ended(std::chrono::milliseconds time) const {
  const std::vector<JobHandle> last = [&] {
    const std::scoped_lock lock(mutex_);
    return lanes_;
  }();
  return std::all_of(last.begin(), last.end(), [&](const JobHandle& job) { return job.wait_for(time); });
}

std::vector<std::int64_t> Watch::steps_until(std::int64_t last_step) const {
  std::vector<std::int64_t> steps;
  for (std::int64_t step = options_.every; step < last_step; step += options_.every) steps.push_back(step);
  steps.push_back(last_step);
  std::erase_if(steps, [&](std::int64_t step) {
    return !std::all_of(targets_.begin(), targets_.end(),
                        [&](const std::string& target) { return fs::is_regular_file(file(target, step)); });
  });
  return steps;
}

std::size_t Watch::write(std::int64_t last_step) const {
  const std::vector<std::int64_t> steps = steps_until(last_step);
  if (steps.empty()) return 0;
  const auto picture = [&](const std::string& target, std::int64_t step) {
    return enlarged(image::read_image(file(target, step)), kWatchCell);
  };
  const std::size_t columns = std::min(kSheetColumns, steps.size());
  image::GridOptions sheet{.columns = static_cast<int>(columns)};
  std::vector<image::Image> pictures;
  for (const std::string& target : targets_)
    for (std::size_t c = 0; c < columns; ++c) {
      // Evenly over the run, the last one included.
      const std::int64_t step = steps[columns == 1 ? 0 : c * (steps.size() - 1) / (columns - 1)];
      pictures.push_back(picture(target, step));
      sheet.labels.push_back(str_cat(target.substr(target.find(':') + 1), " @ ", step));
    }
  image::write_png(out_ / "contact_sheet.png", grid(pictures, sheet));
  image::Animation animation(out_ / "animation.webp", {.frame_milliseconds = 200});
  for (const std::int64_t step : steps) {
    image::GridOptions options;
    pictures.clear();
    for (const std::string& target : targets_) {
      pictures.push_back(picture(target, step));
      options.labels.push_back(str_cat(target.substr(target.find(':') + 1), " @ ", step));
    }
    animation.add(grid(pictures, options));
  }
  animation.write();
  return steps.size() * targets_.size();
}

}  // namespace backflow
