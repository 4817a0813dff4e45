// Very many jobs, cancelled at random points, failing in the middle.
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/jobs.h>
#include "tests/support/graphs.h"
#include "tests/support/small_job.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

/// CPU time of each thread of this process in clock ticks, from the system.
std::map<int, long> ticks_of_threads() {
  std::map<int, long> result;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream in(entry.path() / "stat");
    std::string text;
    std::getline(in, text);
    const auto name_end = text.rfind(')');
    if (name_end == std::string::npos) continue;  // it has just ended
    std::istringstream fields(text.substr(name_end + 2));
    std::string skipped;
    for (int i = 0; i < 11; ++i) fields >> skipped;
    long user = 0, system = 0;
    fields >> user >> system;
    result[std::stoi(entry.path().filename())] = user + system;
  }
  return result;
}

/// Samples how many threads got CPU time, but for its own and the one that made it.
class BusyThreads {
 public:
  BusyThreads() : maker_(gettid()), thread_([this] { run(); }) {}
  ~BusyThreads() { stop(); }
  BusyThreads(const BusyThreads&) = delete;
  BusyThreads& operator=(const BusyThreads&) = delete;

  /// The median over the samples; −1 if there were none.
  int stop() {
    ended_ = true;
    if (thread_.joinable()) thread_.join();
    if (counts_.empty()) return -1;
    std::nth_element(counts_.begin(), counts_.begin() + static_cast<std::ptrdiff_t>(counts_.size() / 2), counts_.end());
    return counts_[counts_.size() / 2];
  }

 private:
  void run() {
    auto before = ticks_of_threads();
    while (!ended_) {
      std::this_thread::sleep_for(std::chrono::milliseconds(40));
      auto now = ticks_of_threads();
      int busy = 0;
      for (const auto& [id, ticks] : now) busy += id != maker_ && id != gettid() && ticks > before[id];
      counts_.push_back(busy);
      before = std::move(now);
    }
  }

  pid_t maker_;
  std::atomic<bool> ended_{false};
  std::vector<int> counts_;
  std::thread thread_;
};

void run_many(Scheduler& s, int count, const std::vector<float>& expected) {
  std::vector<std::vector<float>> losses(static_cast<std::size_t>(count));
  std::vector<JobHandle> jobs;
  for (auto& l : losses) jobs.push_back(s.submit(std::make_unique<SmallJob>(s, 5, &l)));
  for (auto& j : jobs) j.wait();
  for (const auto& l : losses) BOOST_REQUIRE(l == expected);
}

/// Two flows in turn; a node of them throws at a step.
class BreakingJob final : public Job {
 public:
  BreakingJob(Scheduler& s, int steps, int bad) : steps_(steps) {
    Graph g;
    const Value x = g.input("x", {{64, 4}});
    g.output("y", graphs::probe(
                      x, [this, bad](std::int64_t row) { require(step_ != bad || row < 40, "it broke"); }, "weak",
                      1'000'000));
    flow_ = std::make_unique<Flow>(g, store_, s, FlowOptions{.name = "breaking"});
  }
  Flow* next() override { return ++step_ <= steps_ ? flow_.get() : nullptr; }

 private:
  int steps_, step_ = 0;
  Store store_;
  std::unique_ptr<Flow> flow_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(job_stress)

BOOST_AUTO_TEST_CASE(a_thousand_jobs_at_once_have_no_more_busy_threads_than_workers_and_give_their_memory_back) {
  constexpr int kCount = 1000;
  const auto expected = losses_alone(5);
  for (int threads : {2, 4}) {
    Scheduler s(threads);
    run_many(s, 50, expected);
    const std::size_t before = mallinfo2().uordblks;
    const std::size_t tasks = ticks_of_threads().size();
    BusyThreads busy;
    run_many(s, kCount, expected);
    const int most = busy.stop();
    BOOST_CHECK_GE(most, 1);
    BOOST_CHECK_LE(most, threads);
    BOOST_CHECK_LE(ticks_of_threads().size(), tasks + static_cast<std::size_t>(threads));
    BOOST_CHECK_LT(mallinfo2().uordblks, before + 1000 * static_cast<std::size_t>(kCount));  // a job's flow has 100 KB
    BOOST_CHECK_EQUAL(s.memory_in_use(), 0U);
  }
}

BOOST_AUTO_TEST_CASE(submitted_and_cancelled_thousands_of_times_leaves_nothing_behind) {
  constexpr int kTotal = 10'000;
  std::mt19937 random(1);
  for (int threads : {1, 4}) {
    Scheduler s(threads, 1 << 20);
    for (int made = 0; made < kTotal / 2;) {
      std::vector<JobHandle> jobs;
      for (int i = 0; i < 50; ++i, ++made) {
        jobs.push_back(s.submit(std::make_unique<SmallJob>(s, static_cast<int>(random() % 4), nullptr, 8),
                                {.priority = static_cast<int>(random() % 3)}));
        const auto other = random() % jobs.size();
        switch (random() % 5) {
          case 0:
            jobs[other].pause();
            break;
          case 1:
            jobs[other].resume();
            break;
          case 2:
            std::this_thread::sleep_for(std::chrono::microseconds(random() % 300));
            [[fallthrough]];
          case 3:
            jobs[other].cancel();
            break;
          default:
            break;
        }
      }
      for (auto& j : jobs) {
        j.resume();
        try {
          BOOST_CHECK(j.wait().state == JobState::complete);
        } catch (const Error&) {
          BOOST_CHECK(j.status().state == JobState::cancelled);
        }
      }
    }
    BOOST_CHECK_EQUAL(s.memory_in_use(), 0U);
  }
}

BOOST_AUTO_TEST_CASE(a_node_that_throws_in_one_of_twenty_jobs_disturbs_no_other) {
  const auto expected = losses_alone(20);
  for (int threads : {1, 2, 4, 8}) {
    Scheduler s(threads);
    std::vector<std::vector<float>> losses(19);
    std::vector<JobHandle> good;
    for (std::size_t j = 0; j < losses.size(); ++j) {
      if (j == 9) good.push_back(s.submit(std::make_unique<BreakingJob>(s, 20, 7), {.name = "bad"}));
      good.push_back(s.submit(std::make_unique<SmallJob>(s, 20, &losses[j])));
    }
    JobHandle bad = good[9];
    good.erase(good.begin() + 9);
    CHECK_FAILS(bad.wait(), "job 'bad': [breaking] node 'weak': it broke");
    BOOST_CHECK(bad.status().state == JobState::failed);
    BOOST_CHECK_EQUAL(bad.status().steps, 7);
    for (auto& j : good) j.wait();
    for (const auto& l : losses) BOOST_CHECK(l == expected);
  }
}

BOOST_AUTO_TEST_CASE(a_cancelled_job_runs_no_more_than_a_tile_for_each_worker) {
  for (int threads : {1, 2, 4}) {
    std::atomic<int> started{0};
    std::atomic<bool> go{false};
    Graph g;
    const auto tile = [&](std::int64_t) {
      ++started;
      while (!go) std::this_thread::yield();
    };
    g.output("y", graphs::probe(g.input("x", {{64, 2}}), tile, "tiles", 1'000'000));
    Store store;
    Scheduler s(threads);
    Flow flow(g, store, s);
    BOOST_REQUIRE_GT(flow.tasks(), static_cast<std::size_t>(threads));
    auto job = s.submit(std::make_unique<train::FlowJob>(flow, 1000));
    while (started < threads) std::this_thread::yield();
    job.cancel();
    go = true;
    CHECK_FAILS(job.wait(), "was cancelled");
    BOOST_CHECK_EQUAL(started.load(), threads);
  }
}

BOOST_AUTO_TEST_SUITE_END()
