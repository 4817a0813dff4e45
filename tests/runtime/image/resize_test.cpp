#include <backflow/runtime/image/resize.h>

#include <limits>

#include <backflow/runtime/image/pixels.h>
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::image;

namespace {

Image pattern(int width, int height) {
  Image image = blank_image(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c) image.at(x, y)[c] = static_cast<std::uint8_t>((x * 37 + y * 91 + c * 53) % 256);
  return image;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resize_)

// Expected values: torch 1.13, interpolate(mode="bilinear", antialias=True), rounded.
BOOST_AUTO_TEST_CASE(agrees_with_pytorch_smaller_and_larger) {
  const std::vector<std::uint8_t> smaller{99,  127, 136, 129, 154, 131, 129, 126, 137,
                                          106, 134, 146, 118, 132, 127, 128, 141, 127};
  BOOST_CHECK(resize(pattern(7, 5), 3, 2).rgb == smaller);
  const std::vector<std::uint8_t> flatter{79,  132, 127, 116, 111, 164, 95,  148, 96,  132, 185, 133, 169, 117,
                                          159, 101, 154, 114, 138, 98,  151, 87,  140, 135, 124, 119, 172, 103,
                                          156, 116, 140, 111, 153, 95,  137, 85,  121, 174, 122, 158, 106, 159};
  BOOST_CHECK(resize(pattern(7, 5), 7, 2).rgb == flatter);
  const std::vector<std::uint8_t> larger{0,  53,  106, 15,  68,  121, 37,  90,  143, 59,  112, 165, 74,  127, 180,
                                         46, 99,  152, 60,  113, 166, 83,  136, 189, 105, 158, 134, 120, 173, 98,
                                         91, 144, 197, 106, 159, 212, 128, 181, 234, 150, 203, 103, 165, 218, 15};
  BOOST_CHECK(resize(pattern(3, 2), 5, 3).rgb == larger);
}

BOOST_AUTO_TEST_CASE(the_same_size_changes_nothing_and_one_colour_stays) {
  BOOST_CHECK(resize(pattern(31, 17), 31, 17) == pattern(31, 17));
  BOOST_CHECK(resize(blank_image(100, 3, {7, 8, 255}), 9, 50) == blank_image(9, 50, {7, 8, 255}));
}

BOOST_AUTO_TEST_CASE(the_shorter_side_gets_the_length_and_the_middle_stays) {
  const Image wide = resize_shorter_side(pattern(512, 343), 256), high = resize_shorter_side(pattern(343, 512), 256);
  BOOST_CHECK_EQUAL(wide.width, 382);
  BOOST_CHECK_EQUAL(wide.height, 256);
  BOOST_CHECK_EQUAL(high.width, 256);
  BOOST_CHECK_EQUAL(high.height, 382);
  const Image middle = centre_crop(pattern(10, 9), 4, 3);
  for (int y = 0; y < 3; ++y)
    for (int x = 0; x < 4; ++x) BOOST_CHECK_EQUAL(middle.at(x, y)[0], pattern(10, 9).at(x + 3, y + 3)[0]);
  const Image square = centre_square(pattern(300, 200));
  BOOST_CHECK_EQUAL(square.width, 224);
  BOOST_CHECK_EQUAL(square.height, 224);
}

BOOST_AUTO_TEST_CASE(the_square_in_the_middle_is_cut_from_the_whole_resized_picture) {
  for (const auto& [width, height] : {std::pair{50, 37}, {37, 50}, {16, 16}, {9, 30}, {300, 11}})
    for (const auto& [resized, size] : {std::pair{16, 16}, {20, 16}, {64, 7}, {12, 16}, {5, 5}})
      BOOST_CHECK(centre_square(pattern(width, height), resized, size) ==
                  centre_crop(resize_shorter_side(pattern(width, height), resized), size, size));
}

BOOST_AUTO_TEST_CASE(a_crop_larger_than_the_picture_is_white_around_it) {
  const Image out = centre_crop(blank_image(2, 1, {0, 0, 0}), 4, 3);
  int black = 0;
  for (std::uint8_t v : out.rgb) black += v == 0;
  BOOST_CHECK_EQUAL(black, 6);
  BOOST_CHECK_EQUAL(out.at(1, 1)[0], 0);
  BOOST_CHECK_EQUAL(out.at(2, 1)[0], 0);
}

BOOST_AUTO_TEST_CASE(impossible_sizes_are_errors) {
  CHECK_FAILS(resize(pattern(2, 2), 0, 5), "this one would have 0 × 5");
  CHECK_FAILS(resize_shorter_side(pattern(1, 2000), 1 << 20), "[resize] an image has 1 … ");
}

BOOST_AUTO_TEST_CASE(planes_become_the_same_picture_again) {
  std::vector<float> planes(3 * 7 * 5);
  for (const Normalization& n : {kNoNormalization, kImageNet}) {
    to_planes(pattern(7, 5), planes, n);
    BOOST_CHECK(from_planes(planes, 7, 5, n) == pattern(7, 5));
  }
  BOOST_CHECK_CLOSE(planes[35], (53.0 / 255 - 0.456) / 0.224, 1e-3);
  const std::vector<float> wild{-1, 2, std::numeric_limits<float>::quiet_NaN()};
  BOOST_CHECK((from_planes(wild, 1, 1).rgb == std::vector<std::uint8_t>{0, 255, 0}));
  CHECK_FAILS(to_planes(pattern(2, 2), planes), "has 12 numbers, got 105");
}

BOOST_AUTO_TEST_SUITE_END()
