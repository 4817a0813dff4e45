#include <backflow/runtime/image/grid.h>

#include <algorithm>

#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::image;

BOOST_AUTO_TEST_SUITE(grid_)

BOOST_AUTO_TEST_CASE(pictures_stand_by_rows_in_the_middle_of_their_cells) {
  const std::vector<Image> pictures{blank_image(4, 4, {1, 0, 0}), blank_image(2, 2, {2, 0, 0}),
                                    blank_image(4, 4, {3, 0, 0})};
  const Image sheet = grid(pictures, {.columns = 2, .gap = 1});
  BOOST_CHECK_EQUAL(sheet.width, 11);
  BOOST_CHECK_EQUAL(sheet.height, 11);
  BOOST_CHECK_EQUAL(sheet.at(0, 0)[0], 255);
  BOOST_CHECK_EQUAL(sheet.at(1, 1)[0], 1);
  BOOST_CHECK_EQUAL(sheet.at(6, 1)[0], 255);
  BOOST_CHECK_EQUAL(sheet.at(7, 2)[0], 2);
  BOOST_CHECK_EQUAL(sheet.at(4, 9)[0], 3);
  BOOST_CHECK_EQUAL(sheet.at(9, 9)[0], 255);
}

BOOST_AUTO_TEST_CASE(without_a_number_of_columns_it_is_nearly_square) {
  const Image sheet = grid(std::vector(10, blank_image(10, 10)), {.gap = 0});
  BOOST_CHECK_EQUAL(sheet.width, 40);
  BOOST_CHECK_EQUAL(sheet.height, 30);
}

BOOST_AUTO_TEST_CASE(labels_are_below_the_pictures_and_cut_at_their_width) {
  GridOptions o{.gap = 0, .ink = {9, 9, 9}, .labels = {"tench", "Gürteltier, very long"}};
  const Image sheet = grid(std::vector(2, blank_image(40, 10)), o);
  BOOST_CHECK_EQUAL(sheet.width, 80);
  BOOST_CHECK_EQUAL(sheet.height, 10 + kLetterHeight);
  const auto ink = std::count(sheet.rgb.begin(), sheet.rgb.end(), 9);
  BOOST_CHECK_GT(ink, 3 * 80);
  for (int y = 0; y < 10; ++y)
    for (int x = 0; x < 80; ++x) BOOST_CHECK_EQUAL(sheet.at(x, y)[0], 255);
}

BOOST_AUTO_TEST_CASE(letters_have_their_shape_and_are_cut_at_the_border) {
  Image image = blank_image(6, 13);
  draw_text(image, "L", 0, 0, {0, 0, 0});
  std::string rows;
  for (int y = 0; y < 13; ++y)
    for (int x = 0; x < 6; ++x) rows += image.at(x, y)[0] == 0 ? '#' : '.';
  const std::string empty = "......", stem = "#.....", foot = "#####.";
  BOOST_CHECK_EQUAL(rows, empty + empty + stem + stem + stem + stem + stem + stem + stem + stem + foot + empty + empty);
  draw_text(image, "outside", -20, -5, {0, 0, 0});
  draw_text(image, "outside", 3, 10, {0, 0, 0});
}

BOOST_AUTO_TEST_CASE(wrong_numbers_are_errors) {
  CHECK_FAILS(grid({}), "needs at least one image");
  CHECK_FAILS(grid({blank_image(1, 1)}, {.labels = {"a", "b"}}), "got 2 labels for 1 images");
  CHECK_FAILS(grid({blank_image(1, 1)}, {.gap = -1}), "gap needs to be 0 … 1000, got -1");
  CHECK_FAILS(grid({blank_image(1, 1)}, {.text_scale = 0}), "text_scale needs to be 1 … 16, got 0");
}

BOOST_AUTO_TEST_CASE(letters_can_be_larger) {
  Image small = blank_image(6, 13), large = blank_image(18, 39);
  draw_text(small, "L", 0, 0, {0, 0, 0});
  draw_text(large, "L", 0, 0, {0, 0, 0}, 3);
  BOOST_CHECK(visible(small, 18) == large);
  const Image sheet = grid({blank_image(60, 10)}, {.gap = 2, .text_scale = 3, .labels = {"one\ntwo"}});
  BOOST_TEST(sheet.height == 10 + 2 * 39 + 4);
}

BOOST_AUTO_TEST_CASE(small_pictures_are_enlarged_pixel_by_pixel) {
  Image image = blank_image(2, 3, {10, 20, 30});
  *image.at(1, 2) = 200;
  const Image large = visible(image, 7);  // 4 times
  BOOST_CHECK_EQUAL(large.width, 8);
  BOOST_CHECK_EQUAL(large.height, 12);
  for (int y = 0; y < 12; ++y)
    for (int x = 0; x < 8; ++x) BOOST_CHECK_EQUAL(*large.at(x, y), x >= 4 && y >= 8 ? 200 : 10);
  BOOST_CHECK(visible(image, 2) == image);
  CHECK_FAILS(visible(image, 1 << 20), "pixels");
}

BOOST_AUTO_TEST_CASE(stretches_contrast_but_for_the_outermost_values) {
  Image image = blank_image(20, 10, {100, 100, 100});
  for (int y = 0; y < 10; ++y)
    for (int x = 0; x < 10; ++x) std::fill_n(image.at(x, y), 3, std::uint8_t{150});
  std::fill_n(image.at(0, 0), 3, std::uint8_t{255});  // half a per cent
  const Image s = stretched(image);
  BOOST_TEST(int{*s.at(15, 5)} == 0);
  BOOST_TEST(int{*s.at(5, 5)} == 255);
  BOOST_TEST(int{*s.at(0, 0)} == 255);
  const Image one = blank_image(4, 4, {7, 8, 9});
  BOOST_TEST(stretched(blank_image(4, 4, {9, 9, 9})).rgb == blank_image(4, 4, {9, 9, 9}).rgb,
             boost::test_tools::per_element());
  BOOST_TEST(stretched(one).width == 4);
}

BOOST_AUTO_TEST_CASE(labels_have_lines_and_keep_what_differs) {
  const std::vector<Image> two(2, blank_image(60, 8, {255, 255, 255}));  // ten letters wide
  const Image lines = grid(two, {.columns = 2, .gap = 0, .labels = {"a\nb", "c"}});
  BOOST_TEST(lines.height == 8 + 2 * kLetterHeight);
  const auto same = [&](const std::string& a, const std::string& b) {
    return grid({two[0]}, {.gap = 0, .labels = {a}}).rgb == grid({two[0]}, {.gap = 0, .labels = {b}}).rgb;
  };
  BOOST_TEST(same("layer:relu_conv1", "layer:relu"));  // alone, the end is cut
  BOOST_TEST(same("layer:relu_conv1:17", "layer..:17"));
  const auto pair = [&](const std::string& a, const std::string& b) {
    return grid(two, {.columns = 1, .gap = 0, .labels = {a, b}}).rgb;
  };
  BOOST_TEST((pair("layer:relu_conv1:17", "layer:relu_conv1:18") == pair("layer..:17", "layer..:18")));
  BOOST_TEST((pair("layer:relu_conv1:17", "layer:relu_conv2:17") == pair("..conv1:17", "..conv2:17")));
  BOOST_TEST((pair("T-shirt/top, red", "T-shirt/top, blue") == pair("..top, red", "..op, blue")));
}

BOOST_AUTO_TEST_SUITE_END()
