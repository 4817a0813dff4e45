#include <backflow/runtime/dream/image/transforms.h>

#include <cmath>
#include <set>

#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::dream;

namespace {

RandomKey key_at(std::int64_t step) { return RandomKey::of(3, "class:1", 0).at(step); }

std::array<float, 2> image_of(const std::array<float, 6>& a, float column, float row) {
  return {a[0] * column + a[1] * row + a[2], a[3] * column + a[4] * row + a[5]};
}

DreamOptions options() {
  DreamOptions o;
  o.width = 40;
  o.height = 30;
  return o;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(views)

BOOST_AUTO_TEST_CASE(without_transforms_the_network_sees_the_image_itself) {
  Graph g;
  const Value x = g.input("x", {{2, 3, 30, 40}});
  BOOST_CHECK(Transforms(options(), 30, 40, 1, "").append(x) == x);
  BOOST_CHECK((Transforms(options(), 30, 40, 1, "").matrix(key_at(0), 0) == std::array<float, 6>{1, 0, 0, 0, 1, 0}));
}

BOOST_AUTO_TEST_CASE(jitter_reaches_both_ends_and_shrinks_with_the_octave) {
  DreamOptions o = options();
  o.jitter = 2;
  std::set<std::int32_t> full, half;
  for (int step = 0; step < 200; ++step) {
    for (std::int32_t d : Transforms(o, 30, 40, 1, "").offsets(key_at(step))) full.insert(d);
    for (std::int32_t d : Transforms(o, 15, 20, 1, "").offsets(key_at(step))) half.insert(d);
  }
  BOOST_CHECK((full == std::set<std::int32_t>{-2, -1, 0, 1, 2}));
  BOOST_CHECK((half == std::set<std::int32_t>{-1, 0, 1}));
}

BOOST_AUTO_TEST_CASE(the_middle_of_a_view_is_the_shifted_middle_of_the_image) {
  DreamOptions o = options();
  o.shift = 4;
  o.rotate = 30;
  o.scale_min = 0.5F;
  o.scale_max = 2;
  o.pad = 3;
  const Transforms v(o, 30, 40, 1, "");
  float furthest = 0;
  for (int step = 0; step < 100; ++step) {
    const auto a = v.matrix(key_at(step), 0);
    const auto [x, y] = image_of(a, 45.0F / 2, 35.0F / 2);  // a view is 46 × 36
    BOOST_CHECK_LE(std::abs(x - 19.5F), 4.001F);
    BOOST_CHECK_LE(std::abs(y - 14.5F), 4.001F);
    furthest = std::max(furthest, std::abs(x - 19.5F));
    const double scale = 1 / std::hypot(a[0], a[3]), angle = std::atan2(a[3], a[0]) * 180 / M_PI;
    BOOST_CHECK(scale >= 0.499 && scale <= 2.001);
    BOOST_CHECK_LE(std::abs(angle), 30.001);
    BOOST_CHECK_SMALL(std::abs(a[1]) - std::abs(a[3]), 1e-5F);
  }
  BOOST_CHECK_GE(furthest, 3.5F);
}

BOOST_AUTO_TEST_CASE(not_to_rotate_is_the_most_frequent_choice) {
  DreamOptions o = options();
  o.rotate = 10;
  int none = 0;
  for (int step = 0; step < 1000; ++step) none += Transforms(o, 30, 40, 1, "").matrix(key_at(step), 0)[1] == 0;
  BOOST_CHECK(none > 170 && none < 300);  // 6 of 26
}

BOOST_AUTO_TEST_CASE(crops_lie_inside_the_image_and_have_sides_of_the_given_shares) {
  DreamOptions o = options();
  o.crops = 3;
  o.crop_min = 0.2F;
  o.crop_max = 0.6F;
  o.crop_spread = 0.5F;
  const Transforms v(o, 30, 40, 1, "");
  BOOST_CHECK_EQUAL(v.count(), 3);
  std::set<float> different;
  for (int step = 0; step < 60; ++step)
    for (std::int64_t k = 0; k < 3; ++k) {
      const auto a = v.matrix(key_at(step), k);
      different.insert(a[2]);
      const auto [left, top] = image_of(a, -0.5F, -0.5F);
      const auto [right, bottom] = image_of(a, 39.5F, 29.5F);
      BOOST_CHECK_GE(left, -0.501F);
      BOOST_CHECK_GE(top, -0.501F);
      BOOST_CHECK_LE(right, 39.501F);
      BOOST_CHECK_LE(bottom, 29.501F);
      BOOST_CHECK((right - left) / 40 >= 0.199F && (right - left) / 40 <= 0.601F);
      BOOST_CHECK_SMALL((right - left) / 40 - (bottom - top) / 30, 1e-4F);
    }
  BOOST_CHECK_GE(different.size(), 170);
}

BOOST_AUTO_TEST_CASE(another_scale_is_a_smaller_view) {
  Graph g;
  DreamOptions o = options();
  o.pad = 4;
  const Value y = Transforms(o, 30, 40, 0.5, "").append(g.input("x", {{1, 3, 30, 40}}));
  BOOST_CHECK((y.shape() == Shape{1, 3, 15 + 4, 20 + 4}));
}

BOOST_AUTO_TEST_SUITE_END()
