#include <backflow/runtime/scheduler/job.h>
#include <backflow/runtime/scheduler/scheduler.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "tests/support/small_job.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

class FailingJob final : public Job {
 public:
  Flow* next() override { fail("this job cannot go on"); }
};

/// No flow: calls something and is complete.
class Callback final : public Job {
 public:
  explicit Callback(std::function<void()> body) : body_(std::move(body)) {}
  Flow* next() override {
    body_();
    return nullptr;
  }

 private:
  std::function<void()> body_;
};

class LargeJob final : public Job {
 public:
  LargeJob(Scheduler& s, std::atomic<int>& running, std::atomic<int>& most)
      : job_(s, 3, nullptr), running_(running), most_(most) {}
  ~LargeJob() override {
    if (began_) --running_;
  }
  std::size_t memory_bytes() const override { return 600; }
  Flow* next() override {
    if (!std::exchange(began_, true)) most_ = std::max(most_.load(), ++running_);
    return job_.next();
  }

 private:
  SmallJob job_;
  std::atomic<int>&running_, &most_;
  bool began_ = false;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(job)

BOOST_AUTO_TEST_CASE(computes_the_same_bits_alone_and_beside_others_on_any_number_of_workers) {
  const auto expected = losses_alone(30);
  BOOST_REQUIRE_EQUAL(expected.size(), 30U);
  for (int threads : {1, 2, 4, 8}) {
    Scheduler s(threads);
    std::vector<std::vector<float>> losses(8);
    std::vector<JobHandle> jobs;
    for (std::size_t j = 0; j < losses.size(); ++j)
      jobs.push_back(s.submit(std::make_unique<SmallJob>(s, 30, &losses[j]),
                              {.priority = static_cast<int>(j % 3), .share = 1.0 + static_cast<double>(j)}));
    jobs[1].pause();
    jobs[1].resume();
    for (auto& j : jobs) j.wait();
    for (const auto& l : losses) BOOST_CHECK(l == expected);
    BOOST_CHECK(jobs[0].status().state == JobState::complete);
    BOOST_CHECK_EQUAL(jobs[0].status().steps, 30);
  }
}

BOOST_AUTO_TEST_CASE(that_fails_says_so_once_and_disturbs_no_other) {
  Scheduler s(2);
  std::vector<float> losses;
  auto good = s.submit(std::make_unique<SmallJob>(s, 20, &losses), {.name = "good"});
  auto bad = s.submit(std::make_unique<FailingJob>(), {.name = "bad"});
  CHECK_FAILS(bad.wait(), "job 'bad': this job cannot go on");
  good.wait();
  BOOST_CHECK(losses == losses_alone(20));
  BOOST_CHECK(bad.status().state == JobState::failed);
}

BOOST_AUTO_TEST_CASE(can_be_cancelled_and_its_scheduler_can_go_while_it_runs) {
  for (int threads : {1, 4}) {
    Scheduler s(threads);
    auto j = s.submit(std::make_unique<EndlessJob>(s), {.name = "endless"});
    while (j.status().steps < 3) std::this_thread::yield();
    j.cancel();
    CHECK_FAILS(j.wait(), "was cancelled");
    BOOST_CHECK(j.status().state == JobState::cancelled);
    s.submit(std::make_unique<EndlessJob>(s));  // ended by the destructor
  }
}

BOOST_AUTO_TEST_CASE(that_is_paused_makes_no_step_until_it_is_resumed) {
  Scheduler s(2);
  auto j = s.submit(std::make_unique<EndlessJob>(s));
  j.pause();
  while (j.status().state != JobState::paused) std::this_thread::yield();
  const auto steps = j.status().steps;
  s.submit(std::make_unique<SmallJob>(s, 50, nullptr)).wait();
  BOOST_CHECK_EQUAL(j.status().steps, steps);
  j.resume();
  while (j.status().steps == steps) std::this_thread::yield();
}

BOOST_AUTO_TEST_CASE(waits_for_memory_and_is_refused_when_it_can_never_fit) {
  Scheduler s(4, 1300);
  std::atomic<int> running{0}, most{0};
  std::vector<JobHandle> jobs;
  for (int i = 0; i < 12; ++i) jobs.push_back(s.submit(std::make_unique<LargeJob>(s, running, most)));
  for (auto& j : jobs) j.wait();
  BOOST_CHECK_LE(most.load(), 2);
  BOOST_CHECK_EQUAL(s.memory_in_use(), 0U);
  Scheduler small(1, 500);
  CHECK_FAILS(small.submit(std::make_unique<LargeJob>(small, running, most)), "needs 600 bytes, the limit for all");
}

BOOST_AUTO_TEST_CASE(needs_a_share_above_zero) {
  Scheduler s(1);
  CHECK_FAILS(s.submit(std::make_unique<FailingJob>(), {.name = "a", .share = 0}),
              "share of job 'a' needs to be above 0");
}

BOOST_AUTO_TEST_CASE(that_needs_another_starts_when_that_is_complete) {
  for (int threads : {1, 4}) {
    Scheduler s(threads);
    std::vector<float> losses;
    auto first = s.submit(std::make_unique<SmallJob>(s, 20, &losses), {.name = "first"});
    std::size_t seen = 0;
    auto second = s.submit(std::make_unique<Callback>([&] { seen = losses.size(); }),
                           {.name = "second", .priority = 9, .after = {first}});
    BOOST_CHECK(second.wait().state == JobState::complete);
    BOOST_CHECK_EQUAL(seen, 20U);
    BOOST_CHECK(s.submit(std::make_unique<Callback>([] {}), {.after = {first, second}}).wait().state ==
                JobState::complete);
  }
}

BOOST_AUTO_TEST_CASE(that_needs_a_failed_one_fails_and_says_so) {
  Scheduler s(2), other(1);
  auto bad = s.submit(std::make_unique<FailingJob>(), {.name = "bad"});
  auto next = s.submit(std::make_unique<SmallJob>(s, 5, nullptr), {.name = "next", .after = {bad}});
  auto last = s.submit(std::make_unique<SmallJob>(s, 5, nullptr), {.name = "last", .after = {next}});
  CHECK_FAILS(last.wait(), "job 'last': it needs the result of job 'next', which failed");
  CHECK_FAILS(next.wait(), "job 'next': it needs the result of job 'bad', which failed");
  auto endless = s.submit(std::make_unique<EndlessJob>(s), {.name = "endless"});
  auto after = s.submit(std::make_unique<FailingJob>(), {.name = "after", .after = {endless}});
  endless.cancel();
  CHECK_FAILS(after.wait(), "which was cancelled");
  CHECK_FAILS(other.submit(std::make_unique<FailingJob>(), {.name = "x", .after = {bad}}), "another scheduler");
}

BOOST_AUTO_TEST_CASE(has_a_range_of_priorities) {
  Scheduler s(1);
  CHECK_FAILS(s.submit(std::make_unique<FailingJob>(), {.name = "a", .priority = 1001}), "−1000 … 1000, got 1001");
  CHECK_FAILS(s.submit(nullptr, {.name = "a"}), "job 'a' is empty");
}

BOOST_AUTO_TEST_CASE(tells_where_its_time_went) {
  Scheduler s(2);
  auto j = s.submit(std::make_unique<SmallJob>(s, 10, nullptr));
  BOOST_CHECK(j.wait_for(std::chrono::minutes(1)));
  const JobStatus status = j.wait();
  BOOST_CHECK(status.busy_seconds > 0 && status.step_seconds > 0);
  BOOST_CHECK_CLOSE(status.step_seconds + status.turn_seconds, status.seconds, 1e-6);
  BOOST_CHECK_EQUAL(status.progress.done, 10);
  const auto profiles = j.profiles();
  BOOST_REQUIRE_EQUAL(profiles.size(), 1U);
  BOOST_CHECK_EQUAL(profiles[0]->steps, 10);
  for (double seconds : profiles[0]->tasks.seconds) BOOST_CHECK_GT(seconds, 0);
}

BOOST_AUTO_TEST_CASE(a_long_chain_of_jobs_runs_in_its_order_or_ends_with_its_first) {
  constexpr int n = 30'000;
  std::vector<int> order;
  const auto chain = [&](Scheduler& s, JobHandle last) {
    for (int i = 0; i < n; ++i)
      last =
          s.submit(std::make_unique<Callback>([&order, i] { order.push_back(i); }), {.name = "link", .after = {last}});
    return last;
  };
  Scheduler s(2);
  chain(s, s.submit(std::make_unique<Callback>([] {}), {.name = "first"})).wait();
  BOOST_TEST(order.size() == static_cast<std::size_t>(n));
  BOOST_TEST(std::is_sorted(order.begin(), order.end()));
  order.clear();
  JobHandle endless = s.submit(std::make_unique<EndlessJob>(s), {.name = "endless"});
  JobHandle last = chain(s, endless);
  endless.cancel();
  CHECK_FAILS(last.wait(), "job 'link': it needs the result of job 'link', which failed");
  {
    Scheduler ends(2);
    chain(ends, ends.submit(std::make_unique<EndlessJob>(ends), {.name = "endless"}));
  }
  BOOST_TEST(order.empty());
}

BOOST_AUTO_TEST_SUITE_END()
