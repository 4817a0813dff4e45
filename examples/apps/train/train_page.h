// The page of --serve for one run.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>

#include "examples/apps/serve/live_page.h"
#include "examples/apps/train/watch.h"

namespace backflow {

/// Does nothing where --serve was not given.
class TrainPage {
 public:
  /// Throws a UsageError for what is no address, and, with --serve-strict, an Error for one that cannot be used; else
  /// that is a line on standard error. All that is given must outlive it.
  TrainPage(const TrainProgram& program, TrainRun& run, StatusBoard& board, std::function<bool()> interrupted);

  /// While it lives the buttons act on the job that trains, and on its images.
  class Attached {
   public:
    explicit Attached(TrainPage& page) : page_(page) {}
    ~Attached() { page_.detach(); }
    Attached(const Attached&) = delete;
    Attached& operator=(const Attached&) = delete;

   private:
    TrainPage& page_;
  };
  /// `watch` is null for none.
  [[nodiscard]] Attached attach(const JobHandle& training, Watch* watch);
  /// To be called several times a second. Lets a paused run go on that is to end.
  void update();
  /// Whether the page asked the run to end.
  bool stops() const { return stops_; }
  /// Shows the last test.
  void end();

 private:
  void detach();
  void hold(bool held);

  TrainRun& run_;
  std::function<bool()> interrupted_;
  std::atomic<bool> stops_ = false;
  std::mutex mutex_;
  std::optional<JobHandle> training_;
  Watch* watch_ = nullptr;
  std::optional<LiveHistory> history_;
  std::optional<LivePage> page_;  // last: its threads call the above
};

}  // namespace backflow
