#include <backflow/runtime/explain/overlay.h>

#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::explain;

namespace {

/// A map of 8 × 8 whose left half is `left` and whose right half is `right`.
Attribution halves(float left, float right, bool has_sign) {
  Attribution a{.map = Tensor(Spec{{8, 8}}), .has_sign = has_sign};
  for (std::size_t i = 0; i < 64; ++i) a.map.as()[i] = i % 8 < 4 ? left : right;
  return a;
}

int redness(const std::uint8_t* p) { return p[0] - p[2]; }

}  // namespace

BOOST_AUTO_TEST_SUITE(explain_overlay)

BOOST_AUTO_TEST_CASE(what_counts_is_bright_and_what_does_not_is_the_grey_photo) {
  const image::Image photo = image::blank_image(32, 32, {100, 120, 140});
  const image::Image shown = overlay(photo, halves(0, 1, false));
  BOOST_TEST((shown.width == 32 && shown.height == 32));
  BOOST_TEST(image::luma(shown.at(31, 16)) > image::luma(shown.at(0, 16)) + 60'000);
  BOOST_TEST(std::abs(shown.at(0, 16)[0] - shown.at(0, 16)[1]) < 20);
}

BOOST_AUTO_TEST_CASE(what_speaks_against_the_class_is_blue) {
  const image::Image photo = image::blank_image(16, 16, {128, 128, 128});
  const image::Image shown = overlay(photo, halves(-1, 1, true)), map = heat_map(halves(-1, 1, true));
  BOOST_TEST(redness(shown.at(0, 8)) < -60);
  BOOST_TEST(redness(shown.at(15, 8)) > 60);
  BOOST_TEST((map.width == 8 && map.height == 8));
  BOOST_TEST(redness(map.at(0, 4)) < -60);
  BOOST_TEST(redness(map.at(7, 4)) > 60);
}

BOOST_AUTO_TEST_CASE(one_pixel_does_not_darken_all_others) {
  Attribution a{.map = Tensor(Spec{{20, 20}})};
  for (std::size_t i = 0; i < 400; ++i) a.map.as()[i] = static_cast<float>(i);
  a.map.as()[399] = 1e6F;
  BOOST_TEST(image::luma(heat_map(a).at(10, 19)) > 200'000);
}

BOOST_AUTO_TEST_CASE(a_map_without_differences_colours_nothing) {
  for (const bool has_sign : {false, true}) {
    const image::Image shown = overlay(image::blank_image(8, 8, {50, 50, 50}), halves(0, 0, has_sign));
    BOOST_TEST(redness(shown.at(3, 3)) == 0);
  }
}

BOOST_AUTO_TEST_CASE(photos_are_shown_large) {
  models::InputSpec input = models::default_input(3, 224, 224);
  BOOST_TEST(shown_photo(image::blank_image(1000, 700), input).width == 448);
  BOOST_TEST(shown_photo(image::blank_image(224, 224), input).width == 448);
  BOOST_TEST(shown_photo(image::blank_image(90, 60), input).height == 448);
  BOOST_TEST(shown_photo(image::blank_image(28, 28), models::default_input(1, 28, 28)).width == 448);
  BOOST_TEST(shown_photo(image::blank_image(900, 900), models::default_input(3, 600, 800)).width == 800);
  CHECK_FAILS(overlay(image::blank_image(9, 8), halves(0, 1, false)), "no multiple of the map's 8 × 8");
}

BOOST_AUTO_TEST_SUITE_END()
