#include <backflow/runtime/files/suggestions.h>

#include <backflow/runtime/files/parse_number.h>
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::files;

BOOST_AUTO_TEST_SUITE(names_)

BOOST_AUTO_TEST_CASE(counts_edits) {
  BOOST_CHECK_EQUAL(edit_distance("", ""), 0U);
  BOOST_CHECK_EQUAL(edit_distance("abc", ""), 3U);
  BOOST_CHECK_EQUAL(edit_distance("kitten", "sitting"), 3U);
  BOOST_CHECK_EQUAL(edit_distance("conv1", "conv2"), 1U);
}

BOOST_AUTO_TEST_CASE(suggests_what_contains_the_name_before_what_looks_like_it) {
  const std::vector<std::string> known{"fire2/conv", "conf1", "Conv1", "pool"};
  const std::vector<std::string> expected{"fire2/conv", "Conv1", "conf1"};
  BOOST_CHECK(nearest("conv", known) == expected);
  BOOST_CHECK_EQUAL(nearest("conv", known, 1).size(), 1U);
}

BOOST_AUTO_TEST_CASE(suggests_nothing_where_nothing_is_near) {
  BOOST_CHECK_EQUAL(no_such("layer", "zzzzzz", {"conv1"}), "there is no layer 'zzzzzz'");
  BOOST_CHECK_EQUAL(no_such("layer", "conv", {}), "there is no layer 'conv'");
  BOOST_CHECK_EQUAL(no_such("layer", "cov1", {"conv1", "pool"}), "there is no layer 'cov1'; did you mean 'conv1'?");
  BOOST_CHECK_EQUAL(no_such("layer", "conv", {"conv1", "conv2"}),
                    "there is no layer 'conv'; did you mean 'conv1' or 'conv2'?");
}

BOOST_AUTO_TEST_CASE(numbers_are_read_whole_or_not_at_all) {
  double d = 7;
  int i = 7;
  BOOST_CHECK(!read_number("", d) && !read_number("1x", d) && !read_number(" 1", d) && !read_number("1.5", i));
  BOOST_CHECK(d == 7 && i == 7);
  BOOST_CHECK(read_number("-1.5e2", d) && d == -150);
  BOOST_CHECK_EQUAL(shortest(.1), "0.1");
  BOOST_CHECK_EQUAL(shortest(3), "3");
}

BOOST_AUTO_TEST_CASE(texts_of_files_are_one_short_line_in_errors) {
  BOOST_TEST(printable("conv 1\n\tü") == "conv 1??ü");
  const std::string shortened = printable(std::string(81, 'x'));
  BOOST_TEST(shortened.starts_with("xxx"));
  BOOST_TEST(shortened.ends_with("x…"));
  BOOST_TEST(shortened.size() == 80 + std::string("…").size());
}

BOOST_AUTO_TEST_SUITE_END()
