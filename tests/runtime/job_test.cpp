#include "runtime/job.h"

#include <atomic>
#include <thread>

#include "graph/gradient.h"
#include "ops/linear.h"
#include "ops/sgd.h"
#include "ops/softmax_cross_entropy.h"
#include "runtime/flow.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

/// Trains a small perceptron for some steps and keeps its losses.
class TrainJob final : public Job {
 public:
  TrainJob(Scheduler& scheduler, int steps, std::vector<float>* losses, std::int64_t rows = 64)
      : scheduler_(scheduler), steps_(steps), losses_(losses), rows_(rows) {}

  Flow* next() override {
    if (!flow_)
      make();
    else if (losses_)
      losses_->push_back(flow_->scalar("loss"));
    return steps_-- > 0 ? flow_.get() : nullptr;
  }

 private:
  void make() {
    Graph g;
    const Value labels = g.input("labels", {{rows_}, Type::s32});
    const Value h = linear(g.input("x", {{rows_, 50}}), {.out = 40, .name = "fc1"});
    const Value loss = softmax_cross_entropy(linear(h, {.out = 10, .name = "fc2"}), labels);
    const Value rate = g.constant("rate", {{1}}, filled(0.1F));
    const auto p = g.parameters();
    const auto d = gradient({loss}, p);
    for (std::size_t i = 0; i < p.size(); ++i) sgd(p[i], d[i], rate);
    g.output("loss", loss);
    flow_ = std::make_unique<Flow>(g, store_, scheduler_);
    auto x = flow_->input("x").as();
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i * 7919 % 1000) / 500 - 1;
    auto l = flow_->input("labels").as<std::int32_t>();
    for (std::size_t i = 0; i < l.size(); ++i) l[i] = static_cast<std::int32_t>(i % 10);
  }

  Scheduler& scheduler_;
  int steps_;
  std::vector<float>* losses_;
  std::int64_t rows_;
  Store store_;
  std::unique_ptr<Flow> flow_;
};

class EndlessJob final : public Job {
 public:
  explicit EndlessJob(Scheduler& s) : job_(s, 1 << 30, nullptr) {}
  Flow* next() override { return job_.next(); }

 private:
  TrainJob job_;
};

class FailingJob final : public Job {
 public:
  Flow* next() override { fail("this job cannot go on"); }
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
  TrainJob job_;
  std::atomic<int>&running_, &most_;
  bool began_ = false;
};

std::vector<float> alone(int steps) {
  Scheduler s(1);
  std::vector<float> losses;
  s.submit(std::make_unique<TrainJob>(s, steps, &losses)).wait();
  return losses;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(job)

BOOST_AUTO_TEST_CASE(computes_the_same_bits_alone_and_beside_others_on_any_number_of_workers) {
  const auto expected = alone(30);
  BOOST_REQUIRE_EQUAL(expected.size(), 30U);
  for (int threads : {1, 2, 4, 8}) {
    Scheduler s(threads);
    std::vector<std::vector<float>> losses(8);
    std::vector<JobHandle> jobs;
    for (std::size_t j = 0; j < losses.size(); ++j)
      jobs.push_back(s.submit(std::make_unique<TrainJob>(s, 30, &losses[j]),
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
  auto good = s.submit(std::make_unique<TrainJob>(s, 20, &losses), {.name = "good"});
  auto bad = s.submit(std::make_unique<FailingJob>(), {.name = "bad"});
  CHECK_FAILS(bad.wait(), "job 'bad': this job cannot go on");
  good.wait();
  BOOST_CHECK(losses == alone(20));
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
  s.submit(std::make_unique<TrainJob>(s, 50, nullptr)).wait();
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

BOOST_AUTO_TEST_CASE(submitted_and_cancelled_thousands_of_times_leaves_nothing_behind) {
  Scheduler s(4);
  for (int round = 0; round < 20; ++round) {
    std::vector<JobHandle> jobs;
    for (int i = 0; i < 50; ++i) {
      jobs.push_back(s.submit(std::make_unique<TrainJob>(s, i % 4, nullptr, 8)));
      if (i % 3 == 0) jobs[static_cast<std::size_t>(i / 2)].cancel();
    }
    for (auto& j : jobs) {
      try {
        j.wait();
      } catch (const Error&) {
        BOOST_CHECK(j.status().state == JobState::cancelled);
      }
    }
  }
  BOOST_CHECK_EQUAL(s.memory_in_use(), 0U);
}

BOOST_AUTO_TEST_SUITE_END()
