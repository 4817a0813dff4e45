#include <backflow/runtime/scheduler/other_programs.h>

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace std::chrono_literals;

namespace {

/// After so many seconds.
CoreUse use_after(double seconds, std::map<std::string, double> waited, double used, double stolen = 0) {
  const std::chrono::duration<double> time(seconds);
  return {std::move(waited), stolen, used,
          std::chrono::steady_clock::time_point(std::chrono::duration_cast<std::chrono::steady_clock::duration>(time))};
}

void work_for(std::chrono::milliseconds time) {
  for (const auto end = std::chrono::steady_clock::now() + time; std::chrono::steady_clock::now() < end;) {
  }
}

/// This thread, and what it starts, on one CPU only.
class OneCpu {
 public:
  OneCpu() {
    sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(sched_getcpu()), &one);
    BOOST_REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  }
  ~OneCpu() { sched_setaffinity(0, sizeof before_, &before_); }
  OneCpu(const OneCpu&) = delete;
  OneCpu& operator=(const OneCpu&) = delete;

 private:
  cpu_set_t before_;
};

/// Another process that works until it is killed, or a minute.
class Hog {
 public:
  Hog() : process_(fork()) {
    if (process_ != 0) return;
    work_for(60s);
    _exit(0);
  }
  ~Hog() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }
  Hog(const Hog&) = delete;
  Hog& operator=(const Hog&) = delete;

 private:
  pid_t process_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(other_programs)

BOOST_AUTO_TEST_CASE(the_share_is_what_threads_waited_of_the_time_of_all_cores) {
  const CoreUse before = use_after(1, {{"1", 5}, {"2", 1}}, 3);
  const auto share = [&](const CoreUse& after, int cores) { return share_of_others(before, after, cores); };
  BOOST_TEST(share(use_after(11, {{"1", 7}, {"3", 2}}, 15), 2) == 0.2);
  BOOST_TEST(share(use_after(11, {{"1", 5}, {"2", 1}}, 15), 2) == 0);
  BOOST_TEST(share(use_after(11, {{"1", 5}}, 3, 10), 2) == 0.5);
  BOOST_TEST(share(use_after(1, {{"1", 9}}, 3), 2) == 0);
}

BOOST_AUTO_TEST_CASE(threads_that_wait_for_one_another_do_not_count) {
  const CoreUse before = use_after(0, {}, 0);
  BOOST_TEST(share_of_others(before, use_after(10, {{"1", 8}, {"2", 8}, {"3", 8}}, 20), 2) == 0);
  BOOST_TEST(share_of_others(before, use_after(10, {{"1", 8}, {"2", 8}, {"3", 8}}, 16), 2) == 0.2);
  BOOST_TEST(share_of_others(before, use_after(10, {{"1", 8}}, 25), 2) == 0);  // more than there are cores
}

BOOST_AUTO_TEST_CASE(reads_what_the_system_says_of_threads_and_of_its_own_cpus) {
  const TemporaryFolder proc;
  std::filesystem::create_directories(proc / "self/task/12");
  std::filesystem::create_directories(proc / "self/task/345");
  std::filesystem::create_directories(proc / "self/task/6");
  write_bytes(proc / "self/task/12/schedstat", "5000000000 2500000000 77\n");
  write_bytes(proc / "self/task/345/schedstat", "1 0 1\n");
  write_bytes(proc / "self/task/6/schedstat", "");
  const OneCpu one;
  const auto cpu = std::to_string(sched_getcpu());
  write_bytes(proc / "stat", "cpu  1 2 3 4 5 6 7 900 9 10\ncpu" + cpu + " 1 2 3 4 5 6 7 50 9 10\ncpu" +
                                 std::to_string(sched_getcpu() + 1) + " 1 2 3 4 5 6 7 800 9 10\nintr 3\n");
  const CoreUse use = core_use(proc.path());
  BOOST_TEST(use.waited.size() == 2U);
  BOOST_TEST(use.waited.at("12") == 2.5);
  BOOST_TEST(use.waited.at("345") == 0);
  BOOST_TEST(use.stolen == 50.0 / static_cast<double>(sysconf(_SC_CLK_TCK)));
  BOOST_TEST(use.used > 0);
}

BOOST_AUTO_TEST_CASE(a_system_that_says_nothing_blames_nobody) {
  const CoreUse before = core_use("/nowhere");
  work_for(20ms);
  BOOST_TEST(share_of_others(before, core_use("/nowhere"), 2) == 0);
}

BOOST_AUTO_TEST_CASE(a_program_on_the_same_core_is_noticed) {
  const OneCpu one;
  const Hog hog;
  const CoreUse before = core_use();
  work_for(400ms);
  const double share = share_of_others(before, core_use(), 1);
  if (std::filesystem::exists("/proc/self/schedstat"))
    BOOST_TEST((share > 0.2 && share < 0.95), "the share is " << share);
  else
    BOOST_TEST(share == 0);
}

BOOST_AUTO_TEST_SUITE_END()
