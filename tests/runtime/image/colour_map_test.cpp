#include <backflow/runtime/image/colour_map.h>

#include "tests/support/test.h"

using namespace backflow::image;

namespace {

int difference(Colour a, Colour b) {
  int most = 0;
  for (std::size_t c = 0; c < 3; ++c) most = std::max(most, std::abs(a[c] - b[c]));
  return most;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(colour_map)

/// matplotlib's table at 0, 64, … 255.
BOOST_AUTO_TEST_CASE(inferno_is_near_the_table) {
  const std::pair<double, Colour> table[]{{0, {0, 0, 4}},
                                          {64 / 255.0, {87, 16, 110}},
                                          {128 / 255.0, {188, 55, 84}},
                                          {192 / 255.0, {249, 142, 9}},
                                          {1, {252, 255, 164}}};
  for (const auto& [at, colour] : table) BOOST_TEST(difference(inferno(at), colour) <= 9, at);
  BOOST_TEST((inferno(-5) == inferno(0)));
  BOOST_TEST((inferno(7) == inferno(1)));
}

BOOST_AUTO_TEST_CASE(lightness_rises_with_the_number) {
  for (int i = 1; i <= 50; ++i) {
    BOOST_TEST(luma(inferno(i / 50.0).data()) > luma(inferno((i - 1) / 50.0).data()) - 500, i);
    for (const double sign : {-1.0, 1.0})
      BOOST_TEST(luma(blue_to_red(sign * i / 50).data()) < luma(blue_to_red(sign * (i - 1) / 50).data()), i);
  }
}

BOOST_AUTO_TEST_CASE(the_sign_is_the_hue) {
  BOOST_TEST(blue_to_red(1)[0] > blue_to_red(1)[2] + 80);
  BOOST_TEST(blue_to_red(-1)[2] > blue_to_red(-1)[0] + 80);
  BOOST_TEST(difference(blue_to_red(0), {248, 248, 248}) < 4);
}

BOOST_AUTO_TEST_CASE(oklab_gives_known_colours) {
  BOOST_TEST((oklch(1, 0, 0) == Colour{255, 255, 255}));
  BOOST_TEST((oklch(0, 0, 0) == Colour{0, 0, 0}));
  BOOST_TEST(difference(oklch(0.62796, 0.25768, 29.234), {255, 0, 0}) <= 1);  // sRGB's red
}

BOOST_AUTO_TEST_SUITE_END()
