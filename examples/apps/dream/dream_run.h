// One run of `dream`: all images at once on one scheduler, and the files that it leaves.
#pragma once

#include <functional>
#include <mutex>

#include "examples/apps/dream/dream_again.h"
#include "examples/apps/dream/dream_results.h"

namespace backflow {

class DreamRun {
 public:
  DreamRun(DreamSetup setup, DreamFlags flags);

  /// Makes the images, until all are complete, at their limit, or `interrupted`; returns the exit status.
  int run(const std::function<bool()>& interrupted);

 private:
  /// What a worker hands over after a step.
  struct Event {
    std::size_t picture;
    dream::DreamStep step;
    std::vector<image::Image> frame;  // one for each variant, where one is due
  };

  void add_pictures();
  void read_records();
  void open_output();
  void resume();
  void submit();
  void say_what();
  void after_step(std::size_t picture, const dream::Dream& dream, const dream::DreamStep& step);
  void make(const std::function<bool()>& interrupted);
  bool all_ended() const;
  void take_events();
  void write_results();
  void write_states();
  void write_extras();
  void compare_with_original();
  int say_end(bool stopped);
  std::int64_t limit() const;
  void say(const std::string& text) const;

  DreamSetup setup_;
  DreamFlags flags_;
  std::filesystem::path out_;
  std::size_t memory_limit_;  // of all images together; 0: none
  std::int64_t every_ = 0;
  Scheduler scheduler_;
  std::optional<Original> original_;  // of --again
  std::vector<DreamImage> pictures_;
  std::unique_ptr<DreamResults> results_;
  StepsByTarget before_;  // what metrics.jsonl has
  std::unique_ptr<DreamMetrics> metrics_;
  std::vector<JobHandle> jobs_;
  std::vector<std::size_t> of_job_;  // the image of each job
  std::vector<std::string> failures_;

  std::mutex mutex_;  // of the events
  std::vector<Event> events_;
  std::int64_t steps_done_ = 0, steps_before_ = 0;
  double objective_sum_ = 0;
};

}  // namespace backflow
