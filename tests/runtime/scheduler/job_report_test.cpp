#include <backflow/runtime/scheduler/job_report.h>

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

std::vector<std::shared_ptr<const FlowProfile>> profile(double a, double b) {
  return {std::make_shared<const FlowProfile>(FlowProfile{"f", {{a, b}, {{}, {}}}, 1})};
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
  s.busy_seconds = 8;
  l = limits_of(s, profile(4, 4), 2);
  BOOST_TEST(has(l.limit, "the cores"));
  s.turn_seconds = 30;
  s.busy_seconds = 19;
  l = limits_of(s, profile(9.5, 9.5), 2);
  BOOST_TEST(has(l.limit, "its turn"));
  const std::string line = limits_line("a", l);
  for (const char* part :
       {"a ", "work 19 s", "critical path 9.5 s", "idle 1 s", "between steps 30 s", "parallelism 2.0"})
    BOOST_TEST(has(line, part));
}

BOOST_AUTO_TEST_CASE(a_prediction_says_that_it_is_one) {
  const std::string text = prediction_text("train", profile(3, 1));
  BOOST_TEST(has(text, "predicted"));
  BOOST_TEST(has(text, "      1    4.000      1.00\n        2    3.000      1.33\n"));
  BOOST_TEST(has(text, "     64    3.000      1.33\n"));
}

BOOST_AUTO_TEST_SUITE_END()
