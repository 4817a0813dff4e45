#include <backflow/runtime/scheduler/job_report.h>

#include <cmath>

#include "tests/support/test.h"

using namespace backflow;

namespace {

bool has(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return true;
  BOOST_TEST_MESSAGE("'" << part << "' is not in: " << text);
  return false;
}

JobStatus status(JobState state, std::int64_t done, double busy) {
  JobStatus s;
  s.name = "train";
  s.state = state;
  s.progress.done = done;
  s.progress.total = 400;
  s.busy_seconds = busy;
  return s;
}

using Kinds = std::vector<std::pair<std::string, double>>;

std::vector<std::shared_ptr<const FlowProfile>> profile(double a, double b) {
  return {
      std::make_shared<const FlowProfile>(FlowProfile{"f", {{a, b}, {{}, {}}}, 1, Kinds{{"conv2d", a}, {"sgd", b}}})};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(job_report)

BOOST_AUTO_TEST_CASE(a_line_has_state_step_rate_share_and_time_left) {
  JobStatus now = status(JobState::running, 120, 4);
  now.progress.set("loss", 0.3125);
  const std::string line = status_line(status(JobState::running, 100, 1), now, 2, 3);
  for (const char* part :
       {"train", "running", "step 120/400", "30 %", "10/s", "share 50 %", "28 s left", "loss 0.3125"})
    BOOST_TEST(has(line, part));
}

BOOST_AUTO_TEST_CASE(a_line_says_what_there_is_to_say_in_each_state) {
  JobStatus s = status(JobState::waiting, 0, 0);
  s.waited_seconds = 7;
  BOOST_TEST(has(status_line(s, s, 1, 2), "waiting    since 7 s"));
  s = status(JobState::complete, 400, 0);
  s.seconds = 1.25;
  BOOST_TEST(has(status_line(s, s, 1, 2), "complete   step 400/400  100 %  1.2 s"));
  s = status(JobState::running, 3, 0);
  s.progress.total = 0;
  BOOST_TEST(has(status_line(s, s, 0, 2), "step 3"));
  BOOST_TEST(!has(status_line(s, s, 1, 2), "left"));
}

BOOST_AUTO_TEST_CASE(what_limits_a_job_is_its_turn_its_critical_path_its_work_or_the_others) {
  JobStatus s;
  s.step_seconds = 10;
  s.turn_seconds = 0.5;
  s.busy_seconds = 19;
  JobLimits l = limits_of(s, profile(9.5, 9.5), 2);
  BOOST_TEST(l.work == 19);
  BOOST_TEST(l.critical_path == 9.5);
  BOOST_TEST(l.parallelism == 2);
  BOOST_TEST(l.idle == 1);
  BOOST_TEST(has(l.limit, "its work"));
  BOOST_TEST(l.outside == 0);
  l = limits_of(s, profile(2, 2), 2);
  BOOST_TEST(l.outside == 15);
  BOOST_TEST(has(l.limit, "between its flows"));
  s.busy_seconds = 10;
  l = limits_of(s, profile(9, 1), 2);
  BOOST_TEST(has(l.limit, "its critical path: it can keep 1.1 of 2 cores busy"));
  BOOST_TEST(has(limits_of(s, profile(9, 1), 2, 0.3).limit, "other programs took 30 %"));
  s.busy_seconds = 8;
  l = limits_of(s, profile(4, 4), 2);
  BOOST_TEST(l.limit == "its dependencies: tasks waited for other tasks");
  s.others_seconds = 7;
  BOOST_TEST(limits_of(s, profile(4, 4), 2).limit == "the cores: other jobs used them");
  BOOST_TEST(limits_of(s, profile(4, 4), 2, 0.47).limit == "the cores: other programs took 47 % of their time");
  BOOST_TEST(limits_of(s, profile(4, 4), 2, 0.1).limit == "the cores: other jobs used them");
  s.turn_seconds = 30;
  s.busy_seconds = 19;
  l = limits_of(s, profile(9.5, 9.5), 2);
  BOOST_TEST(l.limit == "its turn: other jobs had the cores");
  s.others_seconds = 0;
  BOOST_TEST(has(limits_of(s, profile(9.5, 9.5), 2).limit, "it was paused"));
  s.seconds = 40;
  const std::string line = limits_line("a", limits_of(s, profile(14.25, 4.75), 2, 0.031));
  for (const char* part : {"a ", "wall 40 s", "work 19 s", "critical path 14.2 s", "idle 1 s", "between steps 30 s",
                           "other programs 3 %", "parallelism 1.3", "dearest nodes conv2d 75 %, sgd 25 %"})
    BOOST_TEST(has(line, part));
}

BOOST_AUTO_TEST_CASE(the_three_dearest_kinds_of_all_flows_are_named) {
  std::vector<std::shared_ptr<const FlowProfile>> flows;
  for (const char* kind : {"a", "b"})
    flows.push_back(std::make_shared<const FlowProfile>(
        FlowProfile{"f", {{1, 9}, {{}, {}}}, 1, Kinds{{"relu", 1}, {kind, 4}, {"sum", 3}, {"sum", 2}}}));
  const JobLimits l = limits_of({}, flows, 2);
  BOOST_REQUIRE(l.dearest.size() == 3U);
  BOOST_TEST(l.dearest[0].first == "sum");
  BOOST_TEST(std::abs(l.dearest[0].second - 0.5) < 1e-12);
  BOOST_TEST(l.dearest[1].first == "a");
  BOOST_TEST(l.dearest[2].first == "b");
}

BOOST_AUTO_TEST_CASE(flows_that_are_gone_count_through_their_sums) {
  JobWork sum;
  for (double seconds : {1.0, 2.0}) sum.add(profile(seconds, 1));
  const JobLimits l = limits_of({}, sum, 2);
  BOOST_TEST(l.work == 5);
  BOOST_TEST(l.critical_path == 3);
  BOOST_REQUIRE(l.dearest.size() == 2U);
  BOOST_TEST(l.dearest[0].first == "conv2d");
  BOOST_TEST(std::abs(l.dearest[0].second - 0.6) < 1e-12);
}

BOOST_AUTO_TEST_CASE(a_prediction_says_that_it_is_one) {
  const std::string text = prediction_text("train", profile(3, 1));
  BOOST_TEST(has(text, "predicted"));
  BOOST_TEST(has(text, "      1    4.000      1.00\n        2    3.000      1.33\n"));
  BOOST_TEST(has(text, "     64    3.000      1.33\n"));
}

BOOST_AUTO_TEST_SUITE_END()
