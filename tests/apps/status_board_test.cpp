#include "examples/apps/common/status_board.h"

#include <fcntl.h>
#include <unistd.h>

#include <future>

#include <backflow/ops/relu.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/jobs.h>
#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

/// Standard error as a file, which is no terminal.
class Captured : public TemporaryFolder {
 public:
  Captured() : saved_(dup(STDERR_FILENO)) {
    const int file = open((path() / "error").c_str(), O_CREAT | O_WRONLY, 0600);
    dup2(file, STDERR_FILENO);
    close(file);
  }
  ~Captured() {
    dup2(saved_, STDERR_FILENO);
    close(saved_);
  }

  /// What was written while one job of some steps was shown after each of them.
  std::string shown(bool quiet, bool states, std::chrono::milliseconds interval) {
    Scheduler scheduler(1);
    Graph g;
    g.output("y", relu(g.input("x", {{1}})));
    Store store;
    Flow flow(g, store, scheduler);
    flow.input("x").as()[0] = 1;
    StatusBoard board(1, quiet, states, interval);
    std::promise<void> added;
    const auto before = [&, ready = added.get_future().share()](Flow&, std::int64_t) { ready.wait(); };
    const auto after = [&](Flow&, std::int64_t) {
      board.show();
      return true;
    };
    JobHandle job = scheduler.submit(std::make_unique<train::FlowJob>(flow, 3, before, after), {.name = "lines"});
    board.add(job);
    added.set_value();
    job.wait();
    board.show();
    return read_bytes(path() / "error");
  }

 private:
  int saved_;
};

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(status_board, Captured)

BOOST_AUTO_TEST_CASE(without_a_terminal_a_running_job_has_a_line_when_the_interval_is_over) {
  const std::string text = shown(false, false, std::chrono::milliseconds(0));
  BOOST_TEST(count(text, "\n") == 3U, text);
  BOOST_TEST(count(text, "lines            running") == 3U, text);
  BOOST_TEST(count(text, "\r") == 0U);
}

BOOST_AUTO_TEST_CASE(within_the_interval_changes_of_its_state_alone_are_said) {
  const std::string text = shown(false, true, std::chrono::hours(1));
  BOOST_TEST(count(text, "\n") == 2U, text);
  BOOST_TEST(count(text, "lines            complete") == 1U, text);
  BOOST_TEST(shown(false, false, std::chrono::hours(1)) == text);  // nothing more
}

BOOST_AUTO_TEST_CASE(quiet_says_nothing) { BOOST_TEST(shown(true, true, std::chrono::milliseconds(0)).empty()); }

BOOST_AUTO_TEST_SUITE_END()
