#include <backflow/runtime/files/atomic_file.h>

#include <unistd.h>

#include "tests/support/full_disk.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::files;
namespace fs = std::filesystem;

BOOST_FIXTURE_TEST_SUITE(atomic_file, TemporaryFolder)

BOOST_AUTO_TEST_CASE(replaces_the_old_file_at_commit_and_not_before) {
  const auto file = path() / "a.txt";
  write_bytes(file, "old");
  {
    AtomicFile out(file);
    out.write("ne");
    out.write("w");
    BOOST_TEST(read_bytes(file) == "old");
    out.commit();
  }
  BOOST_TEST(read_bytes(file) == "new");
  BOOST_TEST(entries() == 1U);
}

BOOST_AUTO_TEST_CASE(without_commit_nothing_is_left) {
  { AtomicFile(path() / "a.txt").write("half"); }
  BOOST_TEST(entries() == 0U);
}

BOOST_AUTO_TEST_CASE(writes_more_than_a_buffer_in_pieces_of_all_sizes) {
  std::string expected;
  AtomicFile out(path() / "big");
  for (std::size_t size : {1UL, 65'536UL, 100'000UL, 0UL, 40'000UL, 40'000UL, 7UL}) {
    const std::string piece(size, static_cast<char>('a' + size % 26));
    out.write(piece);
    expected += piece;
  }
  out.commit();
  BOOST_TEST(read_bytes(path() / "big") == expected);
}

BOOST_AUTO_TEST_CASE(two_writers_of_one_file_do_not_meet) {
  AtomicFile a(path() / "a.txt"), b(path() / "a.txt");
  a.write("first");
  b.write("second");
  a.commit();
  b.commit();
  BOOST_TEST(read_bytes(path() / "a.txt") == "second");
  BOOST_TEST(entries() == 1U);
}

BOOST_AUTO_TEST_CASE(follows_a_link) {
  write_bytes(path() / "real", "old");
  fs::create_symlink("real", path() / "link");
  write_file(path() / "link", "new");
  BOOST_TEST(fs::is_symlink(path() / "link"));
  BOOST_TEST(read_bytes(path() / "real") == "new");
}

BOOST_AUTO_TEST_CASE(a_device_stays_a_device) {
  write_file("/dev/null", "gone");
  BOOST_TEST(fs::is_character_file("/dev/null"));
  CHECK_FAILS(write_file("/dev/full", "x"), "[file] cannot write /dev/full: No space left on device");
}

BOOST_AUTO_TEST_CASE(says_before_whether_a_file_can_be_written_and_leaves_nothing) {
  check_writable(path() / "a");
  check_writable("/dev/full");
  BOOST_TEST(entries() == 0U);
  write_bytes(path() / "old", "old");
  check_writable(path() / "old");
  BOOST_TEST(read_bytes(path() / "old") == "old");
  CHECK_FAILS(check_writable(path() / "no" / "a"), "there is no folder");
  CHECK_FAILS(check_writable(path()), "it is a folder");
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_the_old_file_whole) {
  const auto file = path() / "model";
  write_bytes(file, "old");
  for (std::size_t size : {5'000UL, 500'000UL}) {
    const std::string error = error_on_full_disk([&] { write_file(file, std::string(size, 'x')); });
    BOOST_TEST(error == "[file] cannot write " + file.string() + ": File too large");
  }
  BOOST_TEST(read_bytes(file) == "old");
  BOOST_TEST(entries() == 1U);
}

BOOST_AUTO_TEST_CASE(names_what_is_in_the_way) {
  CHECK_FAILS(write_file(path() / "no" / "a", ""), "no/a: there is no folder " + (path() / "no").string());
  CHECK_FAILS(write_file(path(), ""), "it is a folder");
  write_bytes(path() / "file", "");
  CHECK_FAILS(write_file(path() / "file" / "a", ""), "file/a: Not a directory");
  CHECK_FAILS(write_file(path() / std::string(300, 'x'), ""), "File name too long");
}

BOOST_AUTO_TEST_CASE(a_folder_without_permission_is_an_error) {
  fs::permissions(path(), fs::perms::owner_read | fs::perms::owner_exec);
  if (geteuid() != 0) CHECK_FAILS(write_file(path() / "a", ""), "a: Permission denied");
  fs::permissions(path(), fs::perms::owner_all);
}

BOOST_AUTO_TEST_SUITE_END()
