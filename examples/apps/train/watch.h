// Images of what a network has learned so far, made from snapshots of its weights while it trains.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <backflow/runtime/scheduler/job_report.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/snapshot.h>
#include "examples/apps/common/status_board.h"
#include "examples/apps/train/dreams.h"

namespace backflow {

struct WatchOptions {
  std::string what;          // classes, or layer:NAME, layer:NAME:3-9, …: channels; empty for none
  std::int64_t every = 200;  // steps between two images
  std::int64_t steps = 64;   // of each image
};

files::OptionTable table(WatchOptions& options);
/// Throws a UsageError for images of what is none.
void check(const WatchOptions& options);

/// Leaves OUT/watch/TARGET/step_000200.png …, contact_sheet.png and animation.webp. An image depends on the weights of
/// its step alone, not on what else ran.
class Watch {
 public:
  /// Throws a UsageError if there is no such layer. All that is given must outlive it.
  Watch(WatchOptions options, const TrainRun& run, Scheduler& scheduler, StatusBoard& board, std::filesystem::path out);
  /// Waits for images that are being made.
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// Between two steps, on a worker: where an image is due, takes a snapshot and starts its dreams.
  void after_step(const train::StepReport& r);
  /// The job that trains. It is paused while the images are too many snapshots behind, so that memory has a bound.
  void set_training(const JobHandle& training);
  /// Pauses training for as long as it is asked to, whatever the images do.
  void hold_training(bool held);
  /// "watch  57 of 230 images".
  std::string line() const;
  /// Waits for the last image. Throws the first failure.
  void wait();
  /// Writes the contact sheet and the animation from all images up to `last_step`; returns how many there are.
  std::size_t write(std::int64_t last_step) const;
  /// Whether all images have ended, after at most that time.
  bool ended(std::chrono::milliseconds time) const;
  /// The sums over all images. After wait().
  const JobStatus& total() const { return sum_; }
  const JobWork& work() const { return work_; }

 private:
  struct Frame;
  void submit(const std::shared_ptr<Frame>& frame, const std::string& target);
  std::unique_ptr<Job> dream(const std::shared_ptr<Frame>& frame, const std::string& target);
  void done();
  void settle();
  void pause_or_resume();
  void show(const std::string& target, std::int64_t step, const image::Image& image) const;
  std::filesystem::path file(const std::string& target, std::int64_t step) const;
  std::vector<std::int64_t> steps_until(std::int64_t last_step) const;

  WatchOptions options_;
  const TrainRun& run_;
  Scheduler& scheduler_;
  std::filesystem::path out_;
  dream::DreamOptions dream_options_;
  std::vector<std::string> targets_;
  std::size_t memory_ = 0;  // of one dream
  train::Snapshots snapshots_;

  mutable std::mutex mutex_;
  std::optional<JobHandle> training_;
  std::deque<JobHandle> jobs_;    // since the first one that settle() found running
  std::vector<JobHandle> lanes_;  // each has one dream at a time
  JobStatus sum_;                 // over those that ended before jobs_
  JobWork work_;
  std::optional<JobHandle> failed_;  // the first one
  std::size_t made_ = 0, begun_ = 0;
  bool behind_ = false, held_ = false;  // why training is paused
};

}  // namespace backflow
