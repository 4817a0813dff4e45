// A line for each job on a terminal, redrawn while they run; where there is none, a line now and then.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include <backflow/runtime/scheduler/job.h>

namespace backflow {

class StatusBoard {
 public:
  /// Without a terminal on standard error, each running job gets a line there every `interval`, and, if `states`, when
  /// its state changes.
  StatusBoard(int cores, bool quiet, bool states, std::chrono::milliseconds interval = std::chrono::seconds(10));
  ~StatusBoard() { clear(); }
  StatusBoard(const StatusBoard&) = delete;
  StatusBoard& operator=(const StatusBoard&) = delete;

  /// Thread-safe, as all below.
  void add(const JobHandle& job);
  /// A line below those of the jobs, made anew each time; empty for none.
  void note(std::function<std::string()> line);
  /// Draws all jobs that have not ended; to be called several times a second.
  void show();
  /// Prints a line on standard output, above the jobs.
  void say(const std::string& line);
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  /// A job and what it was a while ago.
  struct Row {
    JobHandle job;
    JobStatus before;
    Clock::time_point since;
    JobState shown = JobState::waiting;
  };
  std::string line_of(Row& row, const JobStatus& now) const;
  void draw();
  void print_lines();
  void erase();

  int cores_;
  bool quiet_, terminal_, states_;
  std::chrono::milliseconds interval_;
  Clock::time_point printed_ = Clock::now();  // the last lines that are due every interval
  std::mutex mutex_;
  std::vector<Row> rows_;
  std::function<std::string()> note_;
  int drawn_ = 0;  // lines on the terminal
};

}  // namespace backflow
