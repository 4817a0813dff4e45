#include <backflow/runtime/models/labels.h>

#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::models;

namespace {

struct Files : TemporaryFolder {
  std::filesystem::path file = path() / "labels.txt";
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(labels, Files)

BOOST_AUTO_TEST_CASE(are_lines_without_the_spaces_around_them) {
  write_bytes(file, "tench, Tinca tinca\r\n  gold fish\t\n\nköttbullar\n\n \n");
  const std::vector<std::string> expected{"tench, Tinca tinca", "gold fish", "", "köttbullar"};
  BOOST_TEST(read_labels(file) == expected, boost::test_tools::per_element());
  BOOST_TEST(read_labels(file, 4) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(of_another_number_are_refused) {
  write_bytes(file, "a\nb\nc");
  CHECK_FAILS(read_labels(file, 4), file.string() + " has 3 labels, the model has 4 classes");
}

BOOST_AUTO_TEST_CASE(that_are_no_text_are_refused) {
  CHECK_FAILS(read_labels(file), file.string());
  CHECK_FAILS(read_labels(path()), path().string());
  write_bytes(file, "\n\n");
  CHECK_FAILS(read_labels(file), "is empty");
  write_bytes(file, std::string("a\0b", 3));
  CHECK_FAILS(read_labels(file), "is no text");
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_no_part_of_the_first) {
  write_bytes(file,
              "\xef\xbb\xbf"
              "tench\ngoldfish\n");
  BOOST_TEST(read_labels(file, 2).at(0) == "tench");
}

BOOST_AUTO_TEST_CASE(classes_are_found_by_name_and_number) {
  const models::ClassNames names({"tabby, Tiger_cat", "blue, sky", "sky", "7"}, 5);
  BOOST_TEST(names.find("tiger cat").value_or(-1) == 0);
  BOOST_TEST(names.find(" TABBY, tiger cat").value_or(-1) == 0);
  BOOST_TEST(names.find("blue,_sky").value_or(-1) == 1);
  BOOST_TEST(names.find("sky").value_or(-1) == 1);  // the first of those that have it
  BOOST_TEST(names.find("7").value_or(-1) == 3);    // a name before a number
  BOOST_TEST(names.find("4").value_or(-1) == 4);
  for (const char* none : {"5", "-1", "cat", ""}) BOOST_TEST(!names.find(none).has_value(), none);
}

BOOST_AUTO_TEST_SUITE_END()
