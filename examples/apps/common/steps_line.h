// One line on a terminal for all images of a run: steps, and the time that is left; a line every 10 seconds where there
// is no terminal.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <string>

namespace backflow {

class StepsLine {
 public:
  /// `total` units of `unit`; silent if `quiet`.
  StepsLine(std::int64_t total, std::string unit, bool quiet)
      : total_(total), unit_(std::move(unit)), quiet_(quiet), terminal_(!quiet && isatty(STDERR_FILENO) != 0) {}
  ~StepsLine() { clear(); }
  StepsLine(const StepsLine&) = delete;
  StepsLine& operator=(const StepsLine&) = delete;

  /// `done` units are done, of which `fresh` were done since the start. At most ten times a second.
  void show(std::int64_t done, std::int64_t fresh, const std::string& text) {
    const auto now = Clock::now();
    const auto pause = terminal_ ? std::chrono::milliseconds(100) : std::chrono::seconds(10);
    if (quiet_ || (now - last_ < pause && !(terminal_ && done >= total_))) return;
    last_ = now;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    const double rate = static_cast<double>(fresh) / seconds;
    const double left = rate > 0 ? static_cast<double>(total_ - done) / rate : 0;
    fmt::print(stderr, "{}{}/{} {}  {}  {:.0f} {}/s  {:.0f} s left{}", terminal_ ? "\r" : "", done, total_, unit_, text,
               rate, unit_, left, terminal_ ? "\033[K" : "\n");
    std::fflush(stderr);
  }
  /// Before anything else is printed.
  void clear() const {
    if (terminal_) fmt::print(stderr, "\r\033[K");
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::int64_t total_;
  std::string unit_;
  bool quiet_, terminal_;
  Clock::time_point start_ = Clock::now(), last_ = start_;
};

}  // namespace backflow
