#include "examples/apps/common/run_lock.h"

#include <unistd.h>

#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;

BOOST_FIXTURE_TEST_SUITE(run_lock, TemporaryFolder)

BOOST_AUTO_TEST_CASE(a_folder_has_one_run_at_a_time_and_is_free_after_it) {
  const auto file = path() / "run.lock";
  {
    const RunLock lock(path());
    BOOST_TEST(read_bytes(file).starts_with("process " + std::to_string(getpid()) + " on "));
    CHECK_FAILS(RunLock{path()}, "'" + path().string() + "' is in use by another run: process ");
    BOOST_TEST(std::filesystem::exists(file));
  }
  BOOST_TEST(entries() == 0U);
  const RunLock again(path());
}

BOOST_AUTO_TEST_CASE(a_file_that_nobody_holds_is_taken_over) {
  write_bytes(path() / "run.lock", "process 1 on nowhere, started long ago\n");
  const RunLock lock(path());
  BOOST_TEST(read_bytes(path() / "run.lock").find("nowhere") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(temporary_files_of_processes_that_are_gone_are_removed_and_no_others) {
  std::filesystem::create_directories(path() / "a" / "b" / "c");
  const std::string gone = ".4194300.0.tmp";  // above the numbers that Linux gives by default
  for (const std::string& name : {"x" + gone, "a/x" + gone, "a/b/x" + gone, "a/b/c/x" + gone, std::string("x.1.0.tmp"),
                                  std::string("x.tmp"), std::string("x.4194300.tmp"), "x" + gone + ".png"})
    write_bytes(path() / name, "half");
  { const RunLock lock(path()); }
  for (const std::string& name : {"x" + gone, "a/x" + gone, "a/b/x" + gone})
    BOOST_TEST(!std::filesystem::exists(path() / name), name);
  for (const std::string& name :
       {"a/b/c/x" + gone, std::string("x.1.0.tmp"), std::string("x.tmp"), std::string("x.4194300.tmp")})
    BOOST_TEST(std::filesystem::exists(path() / name), name);
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_stays_unlocked) {
  const RunLock lock(path() / "nowhere");
  BOOST_TEST(entries() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
