#include <backflow/runtime/scheduler/cgroup.h>

#include <cmath>
#include <fstream>

#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

/// A system whose files a test writes.
struct System {
  System() { say("own", "0::/\n"); }

  void say(const std::filesystem::path& file, const std::string& text) const {
    std::filesystem::create_directories((folder.path() / file).parent_path());
    std::ofstream(folder.path() / file) << text;
  }
  CgroupFiles files() const { return {folder.path() / "groups", folder.path() / "own"}; }

  TemporaryFolder folder;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(cgroup, System)

BOOST_AUTO_TEST_CASE(a_system_that_says_nothing_has_no_limits) {
  BOOST_TEST(std::isinf(cgroup_memory(files())));
  BOOST_TEST(std::isinf(cgroup_cpus(files())));
  BOOST_TEST(std::isinf(cgroup_cpus({"/nowhere", "/nowhere"})));
}

BOOST_AUTO_TEST_CASE(the_tightest_of_nested_groups_counts_in_version_2) {
  say("own", "0::/a/b\n");
  say("groups/a/memory.max", "1000\n");
  say("groups/a/memory.current", "400\n");
  say("groups/a/b/memory.max", "max\n");
  say("groups/a/b/memory.current", "300\n");
  say("groups/a/cpu.max", "max 100000\n");
  say("groups/a/b/cpu.max", "150000 100000\n");
  BOOST_TEST(cgroup_memory(files()) == 600);
  BOOST_TEST(cgroup_cpus(files()) == 1.5);
}

BOOST_AUTO_TEST_CASE(the_tightest_of_nested_groups_counts_in_version_1) {
  say("own", "4:memory:/a/b\n3:cpu,cpuacct:/a\n1:name=systemd:/\n0::/\n");
  say("groups/memory/memory.limit_in_bytes", "9223372036854771712\n");
  say("groups/memory/memory.usage_in_bytes", "5000\n");
  say("groups/memory/a/b/memory.limit_in_bytes", "2000\n");
  say("groups/memory/a/b/memory.usage_in_bytes", "1500\n");
  say("groups/cpu,cpuacct/a/cpu.cfs_quota_us", "-1\n");
  say("groups/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
  say("groups/cpu,cpuacct/cpu.cfs_quota_us", "50000\n");
  say("groups/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  BOOST_TEST(cgroup_memory(files()) == 500);
  BOOST_TEST(cgroup_cpus(files()) == .5);
}

BOOST_AUTO_TEST_CASE(files_that_can_be_dropped_are_not_taken) {
  say("groups/memory.max", "1000\n");
  say("groups/memory.current", "900\n");
  say("groups/memory.stat", "anon 200\nfile 700\ninactive_file 650\n");
  BOOST_TEST(cgroup_memory(files()) == 750);
}

BOOST_AUTO_TEST_CASE(a_path_that_leads_outside_is_kept_inside) {
  say("own", "0::/../../b\n");
  say("groups/cpu.max", "100000 100000\n");
  BOOST_TEST(cgroup_cpus(files()) == 1);
}

BOOST_AUTO_TEST_SUITE_END()
