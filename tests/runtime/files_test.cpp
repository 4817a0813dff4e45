#include "runtime/files.h"

#include <signal.h>
#include <sys/resource.h>

#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

/// While it lives, no file may grow beyond `bytes`: a disk that fills up.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : old_signal_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    ::signal(SIGXFSZ, old_signal_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  sighandler_t old_signal_;
  rlimit old_{};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(files)

BOOST_AUTO_TEST_CASE(a_written_file_replaces_the_old_one_and_leaves_nothing_beside) {
  const TemporaryFolder folder;
  write_file(folder / "a", "old");
  write_file(folder / "a", std::string("new\0bytes", 9));
  BOOST_CHECK_EQUAL(read_bytes(folder / "a"), std::string("new\0bytes", 9));
  BOOST_CHECK_EQUAL(folder.entries(), 1);
}

BOOST_AUTO_TEST_CASE(says_why_a_file_cannot_be_made) {
  const TemporaryFolder folder;
  CHECK_FAILS(write_file(folder / "missing" / "a", "x"), "No such file or directory");
  CHECK_FAILS(write_file(folder / "missing" / "a", "x"), "missing/a'");
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_the_old_file_whole) {
  const TemporaryFolder folder;
  write_file(folder / "a", "old");
  {
    const FullDisk disk(10'000);
    CHECK_FAILS(write_file(folder / "a", std::string(100'000, 'x')), "cannot write");
  }
  BOOST_CHECK_EQUAL(read_bytes(folder / "a"), "old");
  BOOST_CHECK_EQUAL(folder.entries(), 1);
}

BOOST_AUTO_TEST_CASE(a_folder_in_the_way_stays) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "a" / "b");
  CHECK_FAILS(write_file(folder / "a", "x"), "cannot replace");
  BOOST_CHECK_EQUAL(folder.entries(), 1);
}

BOOST_AUTO_TEST_SUITE_END()
