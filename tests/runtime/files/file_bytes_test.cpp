#include <backflow/runtime/files/file_bytes.h>

#include <sys/stat.h>

#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::files;

BOOST_FIXTURE_TEST_SUITE(file_bytes_, TemporaryFolder)

BOOST_AUTO_TEST_CASE(a_file_is_read_whole) {
  write_bytes(path() / "a", std::string("a\0b", 3));
  write_bytes(path() / "empty", "");
  BOOST_TEST(file_bytes(path() / "a").size() == 3U);
  BOOST_TEST(std::to_integer<int>(file_bytes(path() / "a")[2]) == 'b');
  BOOST_TEST(file_bytes(path() / "empty").empty());
}

BOOST_AUTO_TEST_CASE(says_why_it_cannot_be_read) {
  write_bytes(path() / "a", "abc");
  CHECK_FAILS(file_bytes(path() / "none"), "none: No such file or directory");
  CHECK_FAILS(file_bytes(path()), ": it is a folder");
  CHECK_FAILS(file_bytes(path() / "a", 2), "a] has 3 bytes, at most 2 are read");
}

BOOST_AUTO_TEST_CASE(pipes_and_devices_are_refused_without_waiting_for_them) {
  BOOST_REQUIRE_EQUAL(::mkfifo((path() / "pipe").c_str(), 0600), 0);
  CHECK_FAILS(file_bytes(path() / "pipe"), "pipe: it is not a regular file");
  CHECK_FAILS(file_bytes("/dev/zero"), "/dev/zero: it is not a regular file");
}

BOOST_AUTO_TEST_SUITE_END()
