#include "examples/apps/common/signals.h"

#include <array>
#include <csignal>
#include <ctime>

namespace backflow {
namespace {

constexpr std::array kEnding{SIGINT, SIGTERM, SIGHUP};

constexpr std::time_t kPatience = 1;  // seconds

volatile std::sig_atomic_t caught = 0;
volatile std::time_t caught_at = 0;

/// One signal may arrive twice at once: timeout(1) sends it to the process and to its group.
void note_signal(int number) {
  const std::time_t now = std::time(nullptr);  // which a handler may call
  if (caught != 0 && now - caught_at > kPatience) {
    std::signal(number, SIG_DFL);
    std::raise(number);
    return;
  }
  if (caught == 0) caught_at = now;
  caught = number;
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
