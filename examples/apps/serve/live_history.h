// What a page shows of a run: curves, pictures, the last confusion matrix, and the events since. All of it is bounded.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <backflow/runtime/scheduler/job.h>
#include <backflow/runtime/train/classification_report.h>
#include <backflow/runtime/train/fit.h>

namespace backflow {

/// Writers are the run's workers: they never wait for a reader. Several threads may call.
class LiveHistory {
 public:
  static constexpr std::size_t kMaxPoints = 2048;  // of a curve; then every second one is forgotten
  static constexpr std::size_t kMaxEvents = 512;   // that a reader may be behind
  static constexpr std::size_t kMaxPictures = 2048;
  static constexpr std::size_t kMaxPictureBytes = 64 << 20;
  static constexpr std::int64_t kMaxConfusionClasses = 64;

  using Picture = std::shared_ptr<const std::vector<std::byte>>;
  /// Events as text/event-stream. A reader that is too far behind gets one that tells it to begin anew.
  struct Events {
    std::string text;
    std::uint64_t last = 0;
    bool closed = false;
  };

  /// `interval` is the least time between two points of the curves; each is the mean over the steps since the last one.
  explicit LiveHistory(std::string title, std::chrono::milliseconds interval = std::chrono::milliseconds(200));

  void add_step(const train::StepReport& report);
  void add_epoch(const train::EpochReport& report);
  void add_picture(const std::string& name, std::int64_t step, std::vector<std::byte> png);
  /// Sent at once if it is the last one, else once an interval, as the points of short epochs are.
  void set_confusion(const train::ClassificationReport& report, const std::string& part, bool is_last = false);
  void set_status(const JobStatus& status);
  /// No more events come.
  void close();

  /// All of it, as JSON, with the number of the last event in it.
  std::string state() const;
  /// Null if there is none, or it was forgotten.
  Picture picture(std::uint64_t id) const;
  /// What came after the event `seen`; waits at most `time` for it.
  Events events_after(std::uint64_t seen, std::chrono::milliseconds time) const;

 private:
  using Json = nlohmann::json;
  using Clock = std::chrono::steady_clock;
  using Text = std::shared_ptr<const std::string>;  // JSON; copied without its letters, while the lock is held
  /// Of points: thinned when it is full, so that it always spans the whole run.
  struct Curve {
    std::vector<Text> points;
    std::size_t every = 1, skipped = 0;
    void add(const Json& point);
  };
  struct Shown {
    std::uint64_t id;
    Text about;
    Picture png;
  };
  void send(Json event);
  void leave_out_time();
  bool is_due(Clock::time_point& sent) const;
  void end_interval(const train::StepReport& last);

  std::string title_;
  std::chrono::milliseconds interval_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  Curve steps_, epochs_;
  Text confusion_, status_;
  std::string status_name_;
  std::deque<Shown> pictures_;
  std::size_t picture_bytes_ = 0;
  std::uint64_t next_picture_ = 1;
  std::deque<std::string> events_;
  std::uint64_t last_event_ = 0;
  bool closed_ = false;

  double loss_sum_ = 0;  // since the last point
  std::int64_t samples_ = 0;
  Clock::time_point interval_began_ = Clock::now(), last_step_ = interval_began_;
  Clock::time_point status_sent_, epoch_sent_, confusion_sent_;
};

}  // namespace backflow
