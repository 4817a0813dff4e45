#include <backflow/runtime/flow/fork.h>

#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <thread>

#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/graphs.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

constexpr auto kPatience = std::chrono::seconds(60);

/// A flow of several tasks, on workers of its own.
struct Running {
  explicit Running(int threads) : scheduler(threads) {
    Graph g;
    graphs::mlp_step(g, 128, {784, 256, 10});
    flow.emplace(g, store, scheduler);
    flow->run();
  }
  Store store{3};
  Scheduler scheduler;
  std::optional<Flow> flow;
};

/// What a forked process that runs `body` ends with: its result, or −1 if it hangs or dies.
int forked(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  const auto end = std::chrono::steady_clock::now() + kPatience;
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    if (std::chrono::steady_clock::now() > end) kill(child, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool fails_with(const std::string& sentence, const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& e) {
    return std::string(e.what()).find(sentence) != std::string::npos;
  }
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fork_)

BOOST_AUTO_TEST_CASE(a_forked_process_gets_an_error_from_its_parents_flow) {
  for (int threads : {1, 2, 4})
    for (int round = 0; round < 5; ++round) {
      Running parent(threads);
      BOOST_CHECK_EQUAL(
          forked([&] { return fails_with("not to one forked since", [&] { parent.flow->run(); }) ? 7 : 8; }), 7);
    }
}

BOOST_AUTO_TEST_CASE(a_forked_process_runs_a_flow_of_its_own) {
  Running parent(4);
  BOOST_CHECK_EQUAL(forked([&] {
                      Running child(4);
                      child.flow->run();
                      return child.flow->scalar("loss") == parent.flow->scalar("loss") ? 7 : 8;
                    }),
                    7);
}

BOOST_AUTO_TEST_CASE(a_forked_process_destroys_what_its_parent_made) {
  for (int round = 0; round < 10; ++round) {
    auto parent = std::make_unique<Running>(4);
    BOOST_CHECK_EQUAL(forked([&] {
                        parent.reset();
                        return 7;
                      }),
                      7);
    parent->flow->run();
  }
}

BOOST_AUTO_TEST_CASE(a_forked_process_submits_no_jobs) {
  Running parent(2);
  BOOST_CHECK_EQUAL(forked([&] {
                      Scheduler own(2);
                      return fails_with("jobs need threads", [&] { own.submit(nullptr, {.name = "child"}); }) ? 7 : 8;
                    }),
                    7);
}

BOOST_AUTO_TEST_SUITE_END()
