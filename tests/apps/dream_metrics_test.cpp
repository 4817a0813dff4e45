#include "examples/apps/dream/dream_metrics.h"

#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

dream::DreamStep step_of(std::int64_t number, double objective, double probability = -1) {
  return {number, objective, probability, 0.5, 24, 32};
}

struct MetricsFolder : TemporaryFolder {
  std::filesystem::path file = path() / "metrics.jsonl";
  std::vector<std::int64_t> steps(const std::string& target) const {
    std::vector<std::int64_t> result;
    StepsByTarget all = read_metrics(file);
    for (const dream::DreamStep& s : all[target]) result.push_back(s.step);
    return result;
  }
};

using Steps = std::vector<std::int64_t>;

}  // namespace

BOOST_FIXTURE_TEST_SUITE(dream_metrics, MetricsFolder)

BOOST_AUTO_TEST_CASE(a_line_has_all_of_a_step_and_no_probability_where_no_class_is_wanted) {
  BOOST_TEST(metrics_line("class:1", step_of(3, 0.25, 0.125)) ==
             R"({"target":"class:1","step":3,"objective":0.25,"probability":0.125,"learning_rate":0.5,"width":24,)"
             R"("height":32})"
             "\n");
  BOOST_TEST(metrics_line("a", step_of(1, 2)).find(R"("probability":null)") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(lines_are_read_in_any_order_and_under_former_names) {
  std::string text =
      metrics_line("b", step_of(1, 1)) + metrics_line("a", step_of(1, 2, 0.5)) + metrics_line("b", step_of(2, 3));
  text.replace(text.find("learning_rate"), 13, "rate");
  write_bytes(file, text);
  StepsByTarget read = read_metrics(file);
  BOOST_TEST(read.size() == 2U);
  BOOST_TEST(read["b"].size() == 2U);
  BOOST_TEST(read["b"][0].learning_rate == 0.5);
  BOOST_TEST(read["b"][1].objective == 3);
  BOOST_TEST(read["b"][1].probability == -1);
  BOOST_TEST(read["a"][0].probability == 0.5);
  BOOST_TEST(read_metrics(path() / "none").empty());
}

BOOST_AUTO_TEST_CASE(a_last_line_that_was_cut_short_is_dropped_and_any_other_refused) {
  const std::string line = metrics_line("a", step_of(1, 2));
  for (std::size_t cut = 0; cut + 1 < line.size(); ++cut) {
    write_bytes(file, line + line.substr(0, cut));
    BOOST_TEST(steps("a").size() == 1U);
  }
  write_bytes(file, line + line.substr(0, 9) + "\n" + line);
  CHECK_FAILS(read_metrics(file), "metrics.jsonl] line 2 is not one of metrics of dream");
  write_bytes(file, R"({"step":1,"loss":2})"
                    "\n");
  CHECK_FAILS(read_metrics(file), "line 1 is not one of metrics of dream");
}

BOOST_AUTO_TEST_CASE(a_file_begins_with_what_was_before_grows_and_ends_target_by_target) {
  DreamMetrics metrics(file, {"old", "a", "b"}, {{"old", {step_of(1, 0)}}});
  BOOST_TEST((steps("old") == Steps{1}));
  metrics.add("b", step_of(1, 1));
  BOOST_TEST(steps("b").empty());
  metrics.flush();
  BOOST_TEST((steps("b") == Steps{1}));
  metrics.add("a", step_of(1, 2));
  metrics.add("b", step_of(2, 3));
  metrics.finish();
  BOOST_TEST(read_bytes(file) == metrics_line("old", step_of(1, 0)) + metrics_line("a", step_of(1, 2)) +
                                     metrics_line("b", step_of(1, 1)) + metrics_line("b", step_of(2, 3)));
  BOOST_TEST(metrics.of("b").size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()
