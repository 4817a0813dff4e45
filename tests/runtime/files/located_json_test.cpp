#include <backflow/runtime/files/located_json.h>

#include "tests/support/files.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::files;

BOOST_AUTO_TEST_SUITE(located_json)

BOOST_AUTO_TEST_CASE(members_and_objects_in_lists_know_their_lines) {
  const LocatedJson json = parse_located("{\n \"a\": 1,\n \"list\": [\n  {\"b\": 2},\n  {\n   \"c/d\": [7]}]\n}", "f");
  BOOST_TEST(json.value.dump() == R"({"a":1,"list":[{"b":2},{"c/d":[7]}]})");
  BOOST_TEST(json.line("/a") == 2);
  BOOST_TEST(json.line("/list") == 3);
  BOOST_TEST(json.line("/list/0") == 4);
  BOOST_TEST(json.line("/list/0/b") == 4);
  BOOST_TEST(json.line("/list/1") == 5);
  BOOST_TEST(json.line("/list/1/c~1d") == 6);
  BOOST_TEST(parse_located("[\n\"a\",\n\"b\"]", "f").line("/1") == 3);
}

BOOST_AUTO_TEST_CASE(what_has_no_line_has_that_of_what_is_around_it) {
  const LocatedJson json = parse_located("\n\n{\"a\":\n[1, 2]}", "f");
  BOOST_TEST(json.line("/a/1") == 3);
  BOOST_TEST(json.line("/a/1/b/c") == 3);
  BOOST_TEST(json.line("/b") == 1);
  BOOST_TEST(json.line("") == 1);
}

BOOST_AUTO_TEST_CASE(mistakes_have_their_line) {
  CHECK_FAILS(parse_located("{\n\"a\": 1,\n\"a\": 2}", "f"), "f:3: key 'a' is there twice");
  CHECK_FAILS(parse_located("{\n\"a\": tru}", "f"), "f:2: not JSON");
  CHECK_FAILS(parse_located("", "f"), "f:1: not JSON");
  CHECK_FAILS(parse_located("{}\n{}", "f"), "not JSON");
  CHECK_FAILS(parse_located(std::string(65, '[') + std::string(65, ']'), "f"), "f:1: nested deeper than 64");
  BOOST_CHECK_NO_THROW(parse_located(std::string(64, '[') + std::string(64, ']'), "f"));
}

BOOST_AUTO_TEST_CASE(one_key_in_two_objects_is_no_mistake) {
  const LocatedJson json = parse_located("[{\"a\": 1},\n{\"a\": {\"a\": null}}]", "f");
  BOOST_TEST(json.line("/1/a") == 2);
  BOOST_TEST(json.value[1]["a"]["a"].is_null());
}

BOOST_AUTO_TEST_CASE(a_text_is_read_whole) {
  const TemporaryFolder folder;
  const std::string text("a\0b\n\xff\n", 6);
  write_bytes(folder / "text", text);
  BOOST_TEST(read_text(folder / "text") == text);
  CHECK_FAILS(read_text(folder / "none"), "none");
}

BOOST_AUTO_TEST_SUITE_END()
