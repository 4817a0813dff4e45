#include <backflow/runtime/data/picture_files.h>

#include "tests/support/files.h"
#include "tests/support/pictures.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::data;

namespace fs = std::filesystem;

namespace {

std::string names_of(const std::vector<PictureFile>& files, const fs::path& folder) {
  std::string text;
  for (const PictureFile& f : files) text += str_cat(f.label, ":", f.path.lexically_relative(folder).string(), " ");
  return text;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(picture_files, TemporaryFolder)

BOOST_AUTO_TEST_CASE(each_folder_is_a_class_in_the_order_of_names) {
  write_pictures(path(), {"dog", "Cat", "ant"}, 2);
  fs::create_directories(path() / "ant/wood/red");
  fs::copy(path() / "dog/10.png", path() / "ant/wood/red/a.JPG");
  write_bytes(path() / "ant/notes.txt", "no picture");
  write_bytes(path() / "readme.md", "no picture");
  write_bytes(path() / ".hidden.png", "no picture");
  fs::create_directories(path() / ".thumbnails");
  const PictureFiles found = find_pictures(path());
  BOOST_TEST(found.classes == (std::vector<std::string>{"Cat", "ant", "dog"}), boost::test_tools::per_element());
  BOOST_TEST(names_of(found.train, path()) ==
             "0:Cat/10.png 0:Cat/11.png 1:ant/10.png 1:ant/11.png 1:ant/wood/red/a.JPG 2:dog/10.png 2:dog/11.png ");
  BOOST_TEST(found.test.empty());
  BOOST_TEST(has_picture_folders(path()));
}

BOOST_AUTO_TEST_CASE(test_pictures_have_a_folder_of_their_own_or_that_of_validation) {
  write_pictures(path() / "train", {"a", "b", "c"}, 2);
  write_pictures(path() / "val", {"b", "c"}, 1);
  BOOST_TEST(names_of(find_pictures(path()).test, path()) == "1:val/b/10.png 2:val/c/10.png ");
  write_pictures(path() / "test", {"a", "c"}, 1);
  BOOST_TEST(names_of(find_pictures(path()).test, path()) == "0:test/a/10.png 2:test/c/10.png ");
  BOOST_TEST(names_of(find_pictures(path()).validation, path()) == "1:val/b/10.png 2:val/c/10.png ");
  write_pictures(path() / "test", {"d"}, 1);
  CHECK_FAILS(find_pictures(path()), "test has the class 'd', which the training pictures have not");
}

BOOST_AUTO_TEST_CASE(folders_behind_links_are_visited_once) {
  write_pictures(path(), {"a", "b"}, 1);
  fs::create_directory_symlink(path() / "a", path() / "a/again");
  fs::create_directory_symlink(path(), path() / "b/all");
  BOOST_TEST(names_of(find_pictures(path()).train, path()) == "0:a/10.png 1:b/10.png 1:b/all/a/10.png ");
}

BOOST_AUTO_TEST_CASE(what_makes_no_classes_is_refused) {
  BOOST_TEST(!has_picture_folders(path()));
  write_pictures(path(), {"a"}, 1);
  CHECK_FAILS(find_pictures(path()), "has pictures of 1 class; a classifier needs 2 or more");
  fs::create_directories(path() / "b");
  CHECK_FAILS(find_pictures(path()), "b has no pictures");
  write_pictures(path(), {"b\nc"}, 1);
  fs::remove(path() / "b");
  CHECK_FAILS(find_pictures(path()), "should be one line of UTF-8");
}

BOOST_AUTO_TEST_CASE(a_list_has_paths_and_labels) {
  write_bytes(path() / "list.tsv", "x/1.png\tdog\r\n\n/y/2.png\tcat\nx/3.png\tdog\n");
  const PictureFiles found = read_picture_list(path() / "list.tsv", Task::automatic);
  BOOST_TEST(found.classes == (std::vector<std::string>{"cat", "dog"}), boost::test_tools::per_element());
  BOOST_REQUIRE_EQUAL(found.train.size(), 3U);
  BOOST_TEST(found.train[0].path == "/y/2.png");
  BOOST_TEST(found.train[1].path == path() / "x/1.png");
  BOOST_TEST(found.train[1].label == 1);
  for (const std::string line : {"x/1.png", "x/1.png\t", "\tdog"}) {
    write_bytes(path() / "list.tsv", "x/1.png\tdog\n" + line + "\n");
    CHECK_FAILS(read_picture_list(path() / "list.tsv", Task::automatic),
                "list.tsv:2: expected a path, a tab and a label, found '");
  }
  write_bytes(path() / "list.tsv", "");
  CHECK_FAILS(read_picture_list(path() / "list.tsv", Task::automatic), "has pictures of 0 class");
}

BOOST_AUTO_TEST_SUITE_END()
