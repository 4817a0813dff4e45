// The library's messages: who gets them, at which level.
#include <backflow/runtime/log/log.h>

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <memory>
#include <sstream>

#include <backflow/graph/graph.h>
#include <backflow/ops/add.h>
#include <backflow/ops/relu.h>
#include <backflow/runtime/files/atomic_file.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/log/version.h>
#include <backflow/runtime/scheduler/scheduler.h>

using namespace backflow;

namespace {

/// Collects what is logged while it lives, then puts the old logger back.
class Listener {
 public:
  explicit Listener(spdlog::level::level_enum level) : before_(logger()) {
    auto mine = std::make_shared<spdlog::logger>("mine", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_));
    mine->set_level(level);
    set_logger(std::move(mine));
  }
  ~Listener() { set_logger(before_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  bool heard(const std::string& words) const { return text_.str().find(words) != std::string::npos; }
  std::string text() const { return text_.str(); }

 private:
  std::shared_ptr<spdlog::logger> before_;
  std::ostringstream text_;
};

void run_relu() {
  Graph g;
  g.output("y", relu(g.input("x", {{2, 3}})));
  Store store;
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler);
  flow.input("x");
  flow.run();
}

class FailingJob : public Job {
  Flow* next() override { throw std::runtime_error("the disk is full"); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(log_messages)

BOOST_AUTO_TEST_CASE(silent_below_warning_by_default) {
  BOOST_TEST(logger()->name() == "backflow");
  BOOST_TEST((logger()->level() == spdlog::level::warn));
}

BOOST_AUTO_TEST_CASE(says_what_was_compiled) {
  const Listener all(spdlog::level::debug);
  run_relu();
  BOOST_TEST(all.heard("compiled 1 nodes to 1"), all.text());
  BOOST_TEST(all.heard("2 workers"), all.text());
}

BOOST_AUTO_TEST_CASE(a_step_logs_nothing) {
  Graph g;
  g.output("y", relu(g.input("x", {{2, 3}})));
  Store store;
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler);
  flow.input("x");
  const Listener all(spdlog::level::trace);
  for (int step = 0; step < 3; ++step) flow.run();
  BOOST_TEST(all.text() == "");
}

BOOST_AUTO_TEST_CASE(the_first_step_warns_of_inputs_that_nobody_wrote) {
  Graph g;
  g.output("y", add(g.input("x", {{2, 3}}), g.input("z", {{2, 3}})));
  Store store;
  Scheduler scheduler(1);
  Flow flow(g, store, scheduler);
  flow.input("z");
  {
    const Listener first(spdlog::level::warn);
    flow.run();
    BOOST_TEST(first.heard("[flow] input 'x' was never written: it is zeros"), first.text());
    BOOST_TEST(!first.heard("'z'"), first.text());
  }
  const Listener second(spdlog::level::warn);
  flow.run();
  BOOST_TEST(second.text() == "");
}

BOOST_AUTO_TEST_CASE(obeys_the_loggers_level) {
  const Listener warnings(spdlog::level::warn);
  run_relu();
  BOOST_TEST(warnings.text() == "");
}

BOOST_AUTO_TEST_CASE(names_files_written) {
  const Listener all(spdlog::level::info);
  const auto file = std::filesystem::temp_directory_path() / "backflow_log_test.txt";
  files::write_file(file, "x");
  std::filesystem::remove(file);
  BOOST_TEST(all.heard("wrote " + file.string()), all.text());
}

BOOST_AUTO_TEST_CASE(follows_a_jobs_states) {
  const Listener all(spdlog::level::info);
  Scheduler scheduler(2);
  JobHandle job = scheduler.submit(std::make_unique<FailingJob>(), {.name = "broken"});
  BOOST_CHECK_THROW(job.wait(), Error);
  BOOST_TEST(all.heard("job 'broken' starts"), all.text());
  BOOST_TEST(all.heard("job 'broken' is failed after 0 steps: the disk is full"), all.text());
}

BOOST_AUTO_TEST_CASE(can_be_silenced) {
  const auto before = logger();
  set_logger(nullptr);
  run_relu();
  BOOST_TEST(!logger());
  set_logger(before);
}

BOOST_AUTO_TEST_CASE(versions_are_named) {
  BOOST_TEST(version().find('.') != std::string::npos);
  for (const char* part : {"oneDNN ", "oneTBB ", "CPU: "}) BOOST_TEST(build_report().find(part) != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
