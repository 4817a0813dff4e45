#include <backflow/graph/spec.h>

#include <backflow/graph/kernel.h>
#include "tests/support/test.h"

using namespace backflow;

BOOST_TEST_DONT_PRINT_LOG_VALUE(backflow::Shape)
BOOST_TEST_DONT_PRINT_LOG_VALUE(backflow::Layout)

BOOST_AUTO_TEST_SUITE(spec)

BOOST_AUTO_TEST_CASE(shapes_and_types_read_well) {
  BOOST_CHECK_EQUAL(to_string(Shape{2, 3, 4}), "[2, 3, 4]");
  BOOST_CHECK_EQUAL(to_string(Shape{}), "[]");
  BOOST_CHECK_EQUAL(to_string(Spec{{2, 3}}), "[2, 3]");
  BOOST_CHECK_EQUAL(to_string(Spec{{2}, Type::s32}), "[2] s32");
  BOOST_CHECK_EQUAL(size_of(Type::f32) + size_of(Type::s32), 8);
  BOOST_CHECK_EQUAL(size_of(Type::bf16) + size_of(Type::u8), 3);
}

BOOST_AUTO_TEST_CASE(elements_multiply_the_axes) {
  BOOST_CHECK_EQUAL(elements({2, 3, 4}), 24);
  BOOST_CHECK_EQUAL(elements({}), 1);
}

BOOST_AUTO_TEST_CASE(row_major_has_one_spelling) {
  BOOST_CHECK(Layout("abcd") == Layout());
  BOOST_CHECK(Layout("abcd").is_plain());
  BOOST_CHECK_EQUAL(Layout().letters(3), "abc");
  BOOST_CHECK(Layout::any().is_any() && !Layout::any().is_plain());
  BOOST_CHECK(!Layout::any().is_blocked() && !Layout::nhwc().is_blocked());
  BOOST_CHECK(Layout("aBcd16b").is_blocked());
  BOOST_CHECK(Layout::channels_last(4) == Layout::nhwc() && Layout::channels_last(2).is_plain());
}

BOOST_AUTO_TEST_CASE(strides_follow_the_order_of_the_axes) {
  BOOST_CHECK(strides({2, 3, 4, 5}, {}) == (Shape{60, 20, 5, 1}));
  BOOST_CHECK(strides({2, 3, 4, 5}, Layout::nhwc()) == (Shape{60, 1, 15, 3}));
  BOOST_CHECK(strides({2, 3}, Layout("ba")) == (Shape{1, 2}));
}

BOOST_AUTO_TEST_CASE(strides_of_a_blocked_axis_are_between_its_blocks) {
  // [2, 20, 3, 3] in blocks of 16 channels: two blocks, the second one padded.
  BOOST_CHECK(strides({2, 20, 3, 3}, Layout("aBcd16b")) == (Shape{288, 144, 48, 16}));
  BOOST_CHECK_EQUAL(block(Layout("aBcd16b"), 1), 16);
  BOOST_CHECK_EQUAL(block(Layout("aBcd16b"), 0), 1);
  BOOST_CHECK_EQUAL(physical_elements({2, 20, 3, 3}, Layout("aBcd16b")), 2 * 32 * 9);
}

BOOST_AUTO_TEST_CASE(an_axis_can_be_blocked_twice) {
  // OIhw4i16o4i: 16 outputs and 4 · 4 inputs a block.
  const Layout layout("ABcd4b16a4b");
  BOOST_CHECK_EQUAL(block(layout, 0), 16);
  BOOST_CHECK_EQUAL(block(layout, 1), 16);
  BOOST_CHECK(strides({32, 17, 1, 1}, layout) == (Shape{512, 256, 256, 256}));
  BOOST_CHECK_EQUAL(physical_elements({32, 17, 1, 1}, layout), 32 * 32);
}

BOOST_AUTO_TEST_CASE(an_element_lies_at_the_sum_of_its_offsets) {
  const Shape shape{32, 17, 1, 1};
  const Layout layout("ABcd4b16a4b");
  BOOST_CHECK_EQUAL(offsets(shape, layout, 0)[0], 0);
  BOOST_CHECK_EQUAL(offsets(shape, layout, 0)[15], 15 * 4);
  BOOST_CHECK_EQUAL(offsets(shape, layout, 0)[17], 512 + 4);
  BOOST_CHECK_EQUAL(offsets(shape, layout, 1)[3], 3);
  BOOST_CHECK_EQUAL(offsets(shape, layout, 1)[6], 64 + 2);
  BOOST_CHECK_EQUAL(offsets(shape, layout, 1)[16], 256);
  BOOST_CHECK((offsets({2, 3}, Layout("ba"), 1) == std::vector<std::int64_t>{0, 2, 4}));
}

BOOST_AUTO_TEST_CASE(a_range_is_contiguous_only_along_the_outermost_axis) {
  BOOST_CHECK(is_outermost({4, 3}, {}, 0));
  BOOST_CHECK(!is_outermost({4, 3}, {}, 1));
  BOOST_CHECK(is_outermost({1, 3}, {}, 1));  // an axis of length 1 is in nobody's way
  BOOST_CHECK(is_outermost({4, 3}, Layout("ba"), 1));
  BOOST_CHECK(is_outermost({2, 32, 3, 3}, Layout("aBcd16b"), 0));
  BOOST_CHECK(!is_outermost({2, 32, 3, 3}, Layout("aBcd16b"), 1));
}

BOOST_AUTO_TEST_CASE(a_view_knows_its_distance_from_the_values_start) {
  BOOST_CHECK_EQUAL((View{{{4, 3}}, {}, {2, 0}, {1, 3}}.offset()), 2 * 3 * 4);
  BOOST_CHECK_EQUAL((View{{{4, 3}}, Layout("ba"), {2, 1}, {1, 1}}.offset()), (1 * 4 + 2) * 4);
  BOOST_CHECK_EQUAL((View{{{4, 3}, Type::u8}, {}, {2, 0}, {1, 3}}.offset()), 6);
  BOOST_CHECK_EQUAL((View{{{2, 32, 2, 2}}, Layout("aBcd16b"), {1, 16, 0, 0}, {1, 16, 2, 2}}.offset()), (128 + 64) * 4);
}

BOOST_AUTO_TEST_CASE(a_view_of_the_whole_value_begins_with_its_first_element) {
  const View v = whole_view({{2, 3}, Type::bf16}, Layout("ba"));
  BOOST_CHECK((v.begin == Shape{0, 0} && v.shape == Shape{2, 3} && v.whole == Spec{{2, 3}, Type::bf16}));
  BOOST_CHECK(v.layout == Layout("ba"));
  BOOST_CHECK_EQUAL(v.offset(), 0);
  BOOST_CHECK(whole_view({{}}, {}).shape.empty());
}

BOOST_AUTO_TEST_CASE(elements_that_no_number_can_count_are_the_greatest_number) {
  const std::int64_t most = INT64_MAX;
  BOOST_CHECK_EQUAL(elements({most, 2}), most);
  BOOST_CHECK_EQUAL(elements({std::int64_t{1} << 32, std::int64_t{1} << 32}), most);
}

BOOST_AUTO_TEST_CASE(a_shape_that_no_value_has_is_shown_in_part) {
  BOOST_CHECK_EQUAL(to_string(Shape(13, 1)), "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, … 13 in all]");
}

BOOST_AUTO_TEST_SUITE_END()
