#include "examples/apps/common/status_board.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

#include <backflow/runtime/scheduler/job_report.h>
#include "examples/apps/common/print_error.h"

namespace backflow {
namespace {

constexpr double kWindowSeconds = 3;  // over which rates are means
constexpr std::size_t kMaxRows = 20;

std::size_t columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 100;
}

}  // namespace

StatusBoard::StatusBoard(int cores, bool quiet, bool states, std::chrono::milliseconds interval)
    : cores_(cores),
      quiet_(quiet),
      terminal_(!quiet && isatty(STDERR_FILENO) != 0),
      states_(states),
      interval_(interval) {}

void StatusBoard::add(const JobHandle& job) {
  if (quiet_) return;
  const std::scoped_lock lock(mutex_);
  rows_.push_back({job, job.status(), Clock::now()});
}

std::string StatusBoard::line_of(Row& row, const JobStatus& now) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - row.since).count();
  std::string line = status_line(row.before, now, seconds, cores_);
  if (seconds > kWindowSeconds) {
    row.before = now;
    row.since = Clock::now();
  }
  return line;
}

void StatusBoard::note(std::function<std::string()> line) {
  const std::scoped_lock lock(mutex_);
  note_ = std::move(line);
}

void StatusBoard::show() {
  const std::scoped_lock lock(mutex_);
  if (terminal_) {
    erase();
    draw();
  } else if (!quiet_) {
    print_lines();
  }
}

void StatusBoard::draw() {
  const std::size_t width = columns() - 1;
  std::size_t left_out = 0;
  std::erase_if(rows_, [](const Row& row) { return has_ended(row.job.status().state); });
  for (Row& row : rows_) {
    const JobStatus now = row.job.status();
    if (static_cast<std::size_t>(drawn_) >= kMaxRows) {
      ++left_out;
      continue;
    }
    print_error("{}\r\n", line_of(row, now).substr(0, width));
    ++drawn_;
  }
  if (left_out > 0) {
    print_error("and {} more\r\n", left_out);
    ++drawn_;
  }
  if (note_) {
    print_error("{}\r\n", note_().substr(0, width));
    ++drawn_;
  }
  std::fflush(stderr);
}

void StatusBoard::print_lines() {
  const auto time = Clock::now();
  const bool due = time - printed_ >= interval_;
  for (Row& row : rows_) {
    const JobStatus now = row.job.status();
    const bool changed = states_ && now.state != row.shown;
    if (!changed && !(due && now.state == JobState::running)) continue;
    row.shown = now.state;
    print_error("{}\n", line_of(row, now));
  }
  std::erase_if(rows_, [this](const Row& row) { return has_ended(states_ ? row.shown : row.job.status().state); });
  if (!due) return;
  printed_ = time;
  if (note_) print_error("{}\n", note_());
}

void StatusBoard::erase() {
  if (drawn_ > 0) print_error("\033[{}A\r\033[J", drawn_);
  drawn_ = 0;
}

void StatusBoard::say(const std::string& line) {
  if (quiet_) return;
  const std::scoped_lock lock(mutex_);
  if (terminal_) {
    erase();
    std::fflush(stderr);
  }
  std::puts(line.c_str());
  std::fflush(stdout);
}

void StatusBoard::clear() {
  const std::scoped_lock lock(mutex_);
  if (!terminal_) return;
  erase();
  std::fflush(stderr);
}

}  // namespace backflow
