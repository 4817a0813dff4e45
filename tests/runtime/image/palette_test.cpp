#include <backflow/runtime/image/palette.h>

#include <algorithm>
#include <set>

#include <backflow/graph/random.h>
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::image;

namespace {

Image unpacked(const Indexed& p, int width, int height) {
  Image image = blank_image(width, height);
  for (std::size_t i = 0; i < p.indices.size(); ++i)
    std::copy_n(p.palette.at(p.indices[i]).begin(), 3, image.rgb.begin() + static_cast<std::ptrdiff_t>(3 * i));
  return image;
}

/// Mean absolute difference of the values.
double difference(const Image& a, const Image& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.rgb.size(); ++i) sum += std::abs(a.rgb[i] - b.rgb[i]);
  return sum / static_cast<double>(a.rgb.size());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(palette)

BOOST_AUTO_TEST_CASE(a_picture_with_few_colours_keeps_them) {
  Image image = blank_image(16, 32);
  for (std::size_t i = 0; i < 512; ++i)
    for (std::size_t c = 0; c < 3; ++c) image.rgb[3 * i + c] = static_cast<std::uint8_t>(i % 256 * (c + 1) % 256);
  const Indexed p = indexed(image);
  BOOST_CHECK_EQUAL(p.palette.size(), 256);
  BOOST_CHECK(unpacked(p, 16, 32) == image);
  BOOST_CHECK_EQUAL(indexed(blank_image(3, 3, {1, 2, 3})).palette.size(), 1);
}

BOOST_AUTO_TEST_CASE(a_picture_with_many_colours_gets_near_ones) {
  Image gradient = blank_image(256, 256);
  for (int y = 0; y < 256; ++y)
    for (int x = 0; x < 256; ++x) {
      const Colour c{static_cast<std::uint8_t>(x), static_cast<std::uint8_t>(y), 128};
      std::copy(c.begin(), c.end(), gradient.at(x, y));
    }
  const Indexed p = indexed(gradient);
  BOOST_CHECK_EQUAL(p.palette.size(), 256);
  BOOST_CHECK_EQUAL(std::set<std::uint8_t>(p.indices.begin(), p.indices.end()).size(), 256);
  // Boxes of 16 × 16: a mean of 4 in two of three channels.
  BOOST_CHECK_LT(difference(unpacked(p, 256, 256), gradient), 3);
}

BOOST_AUTO_TEST_CASE(a_rare_colour_does_not_cost_the_common_ones_theirs) {
  Image image = blank_image(100, 100, {10, 10, 10});
  image.at(0, 0)[0] = 255;
  for (int x = 0; x < 100; ++x) image.at(x, 50)[2] = 200;
  const Image shown = unpacked(indexed(image, 2), 100, 100);
  BOOST_CHECK_LT(difference(shown, image), 0.2);
}

BOOST_AUTO_TEST_CASE(the_number_of_colours_has_limits) {
  CHECK_FAILS(indexed(blank_image(1, 1), 1), "got 1");
  CHECK_FAILS(indexed(blank_image(1, 1), 257), "got 257");
}

BOOST_AUTO_TEST_SUITE_END()
