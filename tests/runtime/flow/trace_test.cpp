#include <backflow/runtime/files/chrome_trace.h>
#include <backflow/runtime/flow/trace.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

struct Files : TemporaryFolder {
  std::filesystem::path file = path() / "trace.json";

  nlohmann::json written(const Trace& trace) const {
    files::write_chrome_trace(trace, file);
    return nlohmann::json::parse(read_bytes(file)).at("traceEvents");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(trace, Files)

BOOST_AUTO_TEST_CASE(every_tile_is_a_span_of_its_worker) {
  Trace trace(2);
  const std::string conv = "conv1", update = "conv1.weight.sgd";
  trace.add(0, {&conv, 3, 0, 1'500, 2'750});
  trace.add(1, {&update, 0, 2, 10'000'000'001, 10'000'000'002});
  const auto events = written(trace);
  BOOST_REQUIRE(events.size() == 4U);
  BOOST_TEST(events[0].dump() == R"({"args":{"name":"worker 0"},"name":"thread_name","ph":"M","pid":1,"tid":0})");
  BOOST_TEST(events[1].dump() ==
             R"({"args":{"tile":3},"cat":"forward","dur":1.25,"name":"conv1","ph":"X","pid":1,"tid":0,"ts":1.5})");
  BOOST_TEST(events[3].at("tid") == 1);
  BOOST_TEST(events[3].at("cat") == "update");
  BOOST_TEST(events[3].at("ts") == 10'000'000.001);
  BOOST_TEST(events[3].at("dur") == 0.001);
}

BOOST_AUTO_TEST_CASE(names_are_escaped) {
  Trace trace(1);
  const std::string quote = "a\"b\\c\n\x01é", broken = "x\xff";
  for (const auto* name : {&quote, &broken, &quote}) trace.add(0, {name, 0, 1, 0, 1});
  const auto events = written(trace);
  BOOST_TEST(events[1].at("name") == quote);
  BOOST_TEST(events[2].at("name") == "x\ufffd");
  BOOST_TEST(events[3].at("name") == quote);
}

BOOST_AUTO_TEST_CASE(other_roles_have_a_category_too) {
  Trace trace(1);
  const std::string name = "x";
  for (std::uint32_t role : {0U, 1U, 2U, 3U, 77U}) trace.add(0, {&name, 0, role, 0, 1});
  const auto events = written(trace);
  const std::vector<std::string> expected{"forward", "backward", "update", "other", "other"};
  for (std::size_t i = 0; i < expected.size(); ++i) BOOST_TEST(events[i + 1].at("cat") == expected[i]);
}

BOOST_AUTO_TEST_CASE(workers_that_ran_nothing_have_no_row) {
  BOOST_TEST(written(Trace(3)).empty());
  Trace trace(3);
  const std::string name = "x";
  trace.add(3, {&name, 0, 0, 0, 1});
  const auto events = written(trace);
  BOOST_REQUIRE(events.size() == 2U);
  BOOST_TEST(events[0].at("args").at("name") == "worker 3");
}

BOOST_AUTO_TEST_CASE(each_job_is_a_track_of_its_own) {
  Trace trace(2);
  const std::string* name = trace.keep(std::string("conv1"));
  const std::uint32_t train = trace.track("train"), dream = trace.track("a \"dream\"");
  BOOST_TEST(trace.track("train") == train);
  BOOST_TEST(trace.keep("conv1") == name);
  trace.add(0, {name, 0, 0, 0, 1, train});
  trace.add(0, {name, 0, 0, 1, 2, dream});
  trace.add(1, {name, 0, 0, 1, 2, dream});
  trace.add(0, {name, 0, 0, 2, 3, train});
  std::map<std::string, int> process;
  std::set<std::pair<int, int>> rows;
  int spans = 0;
  for (const auto& e : written(trace)) {
    if (e.at("name") == "process_name") process[e.at("args").at("name")] = e.at("pid");
    if (e.at("name") == "thread_name") BOOST_TEST(rows.emplace(e.at("pid"), e.at("tid")).second);
    if (e.at("ph") != "X") continue;
    BOOST_TEST(rows.contains({e.at("pid"), e.at("tid")}));
    ++spans;
  }
  BOOST_TEST(spans == 4);
  BOOST_TEST(rows.size() == 3U);
  BOOST_TEST(process.at("train") != process.at("a \"dream\""));
  BOOST_TEST(rows.contains({process.at("a \"dream\""), 1}));
}

BOOST_AUTO_TEST_CASE(steps_are_spans_on_a_row_of_their_own) {
  Trace trace(1);
  const std::uint32_t job = trace.track("a");
  for (int i = 0; i < 2; ++i) trace.mark("train", trace.now(), job);
  trace.mark("evaluate", trace.now(), job);
  const auto events = written(trace);
  BOOST_REQUIRE(events.size() == 5U);  // a track, a row and three steps
  BOOST_TEST(events[1].at("args").at("name") == "steps");
  BOOST_TEST(events[3].at("name") == "train");
  BOOST_TEST(events[3].at("cat") == "step");
  BOOST_TEST(events[3].at("args").at("step") == 2);
  BOOST_TEST(events[4].at("name") == "evaluate");
  BOOST_TEST(events[4].at("args").at("step") == 1);
  BOOST_TEST(events[4].at("pid") == events[1].at("pid"));
  BOOST_TEST(trace.summary() == "no node has run");
}

BOOST_AUTO_TEST_CASE(names_the_file_that_cannot_be_written) {
  CHECK_FAILS(files::write_chrome_trace(Trace(1), path() / "no" / "trace.json"), "no/trace.json: there is no folder");
  CHECK_FAILS(files::write_chrome_trace(Trace(1), "/dev/full"), "/dev/full: No space left on device");
}

BOOST_AUTO_TEST_CASE(sums_up_what_the_time_went_into) {
  Trace trace(2);
  BOOST_TEST(trace.summary() == "no node has run");
  const std::string conv = "conv", sgd = "sgd", load = "load";
  trace.add(0, {&conv, 0, 0, 0, 750'000'000, 0, true});
  trace.add(1, {&sgd, 0, 2, 0, 250'000'000});
  trace.add(1, {&load, 0, 3, 0, 9'000'000'000});  // no node
  BOOST_TEST(
      trace.summary() ==
      "nodes took 1 s of core time, 75 % of it in oneDNN primitives, 25 % in own loops; dearest: conv 75 %, sgd 25 %");
  BOOST_TEST(written(trace)[1].at("args").at("kernel") == "oneDNN");
}

BOOST_AUTO_TEST_SUITE_END()
