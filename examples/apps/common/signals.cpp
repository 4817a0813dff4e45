#include "examples/apps/common/signals.h"

#include <array>
#include <csignal>

namespace backflow {
namespace {

constexpr std::array kEnding{SIGINT, SIGTERM, SIGHUP};

volatile std::sig_atomic_t caught = 0;

void note_signal(int number) {
  caught = number;
  for (const int n : kEnding) std::signal(n, SIG_DFL);
}

}  // namespace

void catch_signals() {
  const bool has_nohup = std::signal(SIGHUP, SIG_IGN) == SIG_IGN;
  for (const int n : kEnding)
    if (n != SIGHUP || !has_nohup) std::signal(n, note_signal);
  std::signal(SIGPIPE, SIG_IGN);
}

int caught_signal() { return caught; }

int signal_status() { return 128 + caught; }

}  // namespace backflow
