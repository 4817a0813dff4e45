#include <backflow/runtime/scheduler/simulate.h>

#include <random>

#include "tests/support/test.h"

using namespace backflow;

namespace {

const TaskGraph kChain{{1, 2, 3}, {{}, {0}, {1}}};
const TaskGraph kFan{{1, 2, 2, 2, 2, 1}, {{}, {0}, {0}, {0}, {0}, {1, 2, 3, 4}}};

TaskGraph random_graph(std::uint32_t seed) {
  std::mt19937 random(seed);
  TaskGraph g;
  for (std::size_t t = 0; t < 100; ++t) {
    g.seconds.push_back(1 + random() % 10);
    g.before.emplace_back();
    for (std::size_t b = 0; b < t; ++b)
      if (random() % 20 == 0) g.before.back().push_back(b);
  }
  return g;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(simulate)

BOOST_AUTO_TEST_CASE(work_and_critical_path_are_sum_and_longest_chain) {
  BOOST_TEST(work_seconds(kChain) == 6);
  BOOST_TEST(critical_path_seconds(kChain) == 6);
  BOOST_TEST(work_seconds(kFan) == 10);
  BOOST_TEST(critical_path_seconds(kFan) == 4);
  BOOST_TEST(critical_path_seconds({}) == 0);
}

BOOST_AUTO_TEST_CASE(a_chain_gains_nothing_and_a_fan_as_much_as_its_width) {
  for (int workers : {1, 2, 64}) BOOST_TEST(simulated_seconds(kChain, workers) == 6);
  BOOST_TEST(simulated_seconds(kFan, 1) == 10);
  BOOST_TEST(simulated_seconds(kFan, 2) == 6);
  BOOST_TEST(simulated_seconds(kFan, 3) == 6);
  BOOST_TEST(simulated_seconds(kFan, 4) == 4);
  BOOST_TEST(simulated_seconds(kFan, 64) == 4);
  BOOST_TEST(simulated_seconds({}, 3) == 0);
}

BOOST_AUTO_TEST_CASE(the_task_that_is_ready_first_runs_first) {
  // After task 0 of 3 s and task 1 of 1 s: task 2, ready at 1, before task 3, ready at 3.
  const TaskGraph g{{3, 1, 5, 1}, {{}, {}, {1}, {0}}};
  BOOST_TEST(simulated_seconds(g, 2) == 6);
  BOOST_TEST(simulated_seconds(g, 1) == 10);
}

BOOST_AUTO_TEST_CASE(stays_within_the_bounds_of_graham_and_ends_at_the_critical_path) {
  for (std::uint32_t seed = 0; seed < 50; ++seed) {
    const TaskGraph g = random_graph(seed);
    const double work = work_seconds(g), path = critical_path_seconds(g);
    BOOST_TEST(simulated_seconds(g, 1) == work);
    BOOST_TEST(simulated_seconds(g, 1000) == path);
    for (int workers : {2, 3, 8}) {
      const double t = simulated_seconds(g, workers);
      BOOST_TEST(t >= std::max(path, work / workers));
      BOOST_TEST(t <= work / workers + path * (workers - 1) / workers + 1e-9);
    }
  }
}

BOOST_AUTO_TEST_CASE(refuses_no_workers_and_circles) {
  CHECK_FAILS(simulated_seconds(kChain, 0), "workers needs to be ≥ 1, got 0");
  CHECK_FAILS(simulated_seconds({{1, 1}, {{1}, {}}}, 1), "task 0 waits for task 1, which is not before it");
}

BOOST_AUTO_TEST_CASE(predicts_for_1_to_64_workers_over_all_flows_of_a_job) {
  const auto fan = std::make_shared<const FlowProfile>(FlowProfile{"fan", kFan, 1});
  const auto chain = std::make_shared<const FlowProfile>(FlowProfile{"chain", kChain, 1});
  const auto p = predict({fan, chain});
  BOOST_REQUIRE(p.size() == 7U);
  BOOST_TEST(p[0].workers == 1);
  BOOST_TEST(p[0].seconds == 16);
  BOOST_TEST(p[1].seconds == 12);
  BOOST_TEST(p[6].workers == 64);
  BOOST_TEST(p[6].seconds == 10);
  BOOST_TEST(p[6].speed_up == 1.6);
}

BOOST_AUTO_TEST_CASE(a_mean_step_is_the_sum_over_the_steps) {
  BOOST_TEST(mean_step({"a", kChain, 2}).seconds[2] == 1.5);
  BOOST_TEST(mean_step({"a", kChain, 0}).seconds[2] == 3);
}

BOOST_AUTO_TEST_SUITE_END()
