#include "examples/apps/jobs/jobs_file.h"

#include "examples/apps/common/program.h"
#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

JobsFile read(const std::string& text) {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "jobs.json", text);
  return read_jobs(folder.path() / "jobs.json", "out");
}

JobsFile one_job(const std::string& settings) {
  return read(R"({"jobs": [{"name": "a", "kind": "train", "settings": )" + settings + "}]}");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(jobs_file)

BOOST_AUTO_TEST_CASE(settings_may_have_underscores_hyphens_or_the_names_of_flags) {
  for (const char* text : {R"({"learning_rate": 0.5, "weight_decay": 0.25})", R"({"lr": 0.5, "weight-decay": 0.25})"}) {
    const TrainSettings s = one_job(text).jobs.at(0).train;
    BOOST_TEST(s.learning_rate == 0.5F);
    BOOST_TEST(s.weight_decay == 0.25F);
    BOOST_TEST((s.schedule.kind == train::ScheduleKind::cosine));
  }
}

BOOST_AUTO_TEST_CASE(jobs_come_after_those_that_they_need) {
  const JobsFile f = read(R"({"threads": 3, "jobs": [
    {"name": "b", "kind": "evaluate", "model": "a"}, {"name": "a", "kind": "train"}]})");
  BOOST_TEST(f.jobs.at(0).name == "a");
  BOOST_TEST(f.jobs.at(1).name == "b");
  BOOST_TEST(*f.threads == 3);
  BOOST_TEST(f.jobs[0].out == std::filesystem::path("out/a"));
}

BOOST_AUTO_TEST_CASE(a_wrong_setting_is_named_with_its_line) {
  CHECK_THROWS(UsageError, one_job(R"({"epochs": 0})"), ":1: job 'a': 'epochs' needs to be in 1 … 1000000, got 0");
  CHECK_THROWS(UsageError, one_job(R"({"epochs": 2.5})"), "'epochs' needs to be a whole number, got '2.5'");
  CHECK_THROWS(UsageError, one_job(R"({"optimizer": "lbfgs"})"),
               "'optimizer' needs to be sgd, adam, adamw, rmsprop or lion");
  CHECK_THROWS(UsageError, one_job(R"({"epoch": 2})"), "there is no key 'epoch'; did you mean 'epochs'");
  CHECK_THROWS(UsageError, one_job(R"({"model": "rnn"})"), "rnn");
  CHECK_THROWS(UsageError, one_job(R"({"drop": 0.5})"), "--drop has no effect with schedule cosine");
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_is_refused_with_its_line) {
  CHECK_THROWS(UsageError,
               read(R"({"jobs": [{"name": "a", "kind": "train", "out": ")" + std::string(5000, 'x') + "\"}]}"),
               ":1: job 'a': 'out' cannot be 'xxx");
}

BOOST_AUTO_TEST_CASE(a_chain_of_jobs_may_have_any_length) {
  constexpr int count = 50'000;
  std::string text = R"({"jobs": [)";
  for (int i = count; i > 0; --i)  // the last one first
    text += str_cat(R"({"name": "j)", i, R"(", "kind": "train", "after": [)", i > 1 ? str_cat("\"j", i - 1, "\"") : "",
                    i > 1 ? "]}," : "]}");
  const JobsFile f = read(text + "]}");
  BOOST_TEST(f.jobs.size() == count);
  BOOST_TEST(f.jobs.front().name == "j1");
  BOOST_TEST(f.jobs.back().name == "j50000");
}

BOOST_AUTO_TEST_CASE(a_long_circle_is_shown_in_part) {
  std::string text = R"({"jobs": [)";
  for (int i = 0; i < 1000; ++i)
    text += str_cat(i ? "," : "", R"({"name": "j)", i, R"(", "kind": "train", "after": ["j)", (i + 1) % 1000, "\"]}");
  CHECK_THROWS(UsageError, read(text + "]}"),
               "jobs wait for one another: j0 → j1 → j2 → j3 → j4 → j5 → j6 → j7 → 992 more");
}

BOOST_AUTO_TEST_CASE(a_long_chain_of_models_is_refused) {
  std::string text = R"({"jobs": [{"name": "j0", "kind": "train"})";
  for (int i = 1; i < 60; ++i)
    text += str_cat(R"(,{"name": "j)", i, R"(", "kind": "train", "model": "j)", i - 1, "\"}");
  CHECK_THROWS(UsageError, read(text + "]}"), "job 'j51': 'model' goes on from more than 50 models");
}

BOOST_AUTO_TEST_CASE(errors_quote_little_of_the_file) {
  const std::string big(100'000, 'x');
  const auto length = [](const std::string& text) -> std::size_t {
    try {
      read(text);
    } catch (const UsageError& e) {
      return std::string(e.what()).size();
    }
    return 0;
  };
  for (const std::string& text :
       {"{\"" + big + "\": 1}", "{\"jobs\": [{\"name\": \"" + big + "!\"}]}", "\"" + big,
        "{\"" + big + "\": 1, \"" + big + "\": 1}", "{\"jobs\": [{\"name\": \"a\", \"kind\": \"" + big + "\"}]}",
        "{\"jobs\": [{\"name\": \"a\", \"kind\": [\"" + big + "\"]}]}"}) {
    const std::size_t n = length(text);
    BOOST_TEST(n > 0U);
    BOOST_TEST(n < 500U);
  }
}

BOOST_AUTO_TEST_SUITE_END()
