#include <backflow/runtime/data/augment_image.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include <backflow/graph/random.h>
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::data;

namespace {

using Pixels = std::vector<float>;

AugmentImage noise(const Shape& shape, const Pixels& mean = {}) {
  AugmentImage image(shape, mean);
  for (std::uint64_t i = 0; float& v : image.pixels()) v = unit_uniform(random_words(3, 1, 0, i++)[0]);
  return image;
}

Pixels pixels_of(const AugmentImage& image) { return {image.pixels().begin(), image.pixels().end()}; }

/// A pixel of a plane by its place, in double.
using Source = std::function<double(const float* plane, std::int64_t y, std::int64_t x)>;

/// Every pixel as `source` says, compared with what `change` makes.
void check_change(const Shape& shape, const std::function<void(AugmentImage&)>& change, const Source& source) {
  AugmentImage before = noise(shape), after = noise(shape);
  change(after);
  for (std::int64_t c = 0; c < shape[0]; ++c)
    for (std::int64_t y = 0; y < shape[1]; ++y)
      for (std::int64_t x = 0; x < shape[2]; ++x) {
        const double got = static_cast<double>(after.plane(c)[y * shape[2] + x]),
                     wanted = source(before.plane(c), y, x);
        BOOST_CHECK_MESSAGE(std::abs(got - wanted) < 2e-5,
                            "pixel " << c << ", " << y << ", " << x << " is " << got << ", expected " << wanted);
      }
}

/// Pixels of planes of this height and width; outside it is black, or the nearest one.
struct Plane {
  std::int64_t height, width;

  double at(const float* plane, std::int64_t y, std::int64_t x) const {
    const bool inside = y >= 0 && y < height && x >= 0 && x < width;
    return inside ? static_cast<double>(plane[y * width + x]) : 0;
  }
  double bilinear(const float* plane, double y, double x) const {
    const auto top = static_cast<std::int64_t>(std::floor(y)), left = static_cast<std::int64_t>(std::floor(x));
    double sum = 0;
    for (std::int64_t dy = 0; dy < 2; ++dy)
      for (std::int64_t dx = 0; dx < 2; ++dx)
        sum += at(plane, top + dy, left + dx) * (1 - std::abs(y - static_cast<double>(top + dy))) *
               (1 - std::abs(x - static_cast<double>(left + dx)));
    return sum;
  }
};

const std::vector<Shape> kShapes{{1, 1, 1}, {1, 7, 5}, {3, 6, 9}, {2, 8, 8}};

}  // namespace

BOOST_AUTO_TEST_SUITE(augment_image)

BOOST_AUTO_TEST_CASE(a_new_image_is_black) {
  const AugmentImage image({3, 4, 5}, {0.5F});
  BOOST_TEST(pixels_of(image) == Pixels(60, 0), boost::test_tools::per_element());
  BOOST_TEST(image.mean(0) == 0.5F);
  BOOST_TEST(image.mean(2) == 0);
}

BOOST_AUTO_TEST_CASE(flip_turns_rows_round) {
  for (const Shape& s : kShapes) {
    const Plane plane{s[1], s[2]};
    check_change(s, flip, [&](const float* p, auto y, auto x) { return plane.at(p, y, s[2] - 1 - x); });
  }
}

BOOST_AUTO_TEST_CASE(shift_moves_and_brings_black) {
  for (const Shape& s : kShapes)
    for (const std::int64_t right : {-20, -5, -1, 0, 2, 9, 30})
      for (const std::int64_t down : {-8, -2, 0, 1, 7}) {
        const Plane plane{s[1], s[2]};
        check_change(
            s, [&](AugmentImage& image) { shift(image, right, down); },
            [&](const float* p, auto y, auto x) { return plane.at(p, y - down, x - right); });
      }
}

BOOST_AUTO_TEST_CASE(rotation_turns_about_the_middle) {
  for (const Shape& s : kShapes)
    for (const float degrees : {-179.0F, -33.3F, -1.0F, 0.0F, 10.0F, 45.0F, 90.0F}) {
      const Plane plane{s[1], s[2]};
      const double angle = static_cast<double>(degrees) * std::numbers::pi / 180;
      const double middle_y = static_cast<double>(s[1] - 1) / 2, middle_x = static_cast<double>(s[2] - 1) / 2;
      check_change(
          s, [&](AugmentImage& image) { rotate(image, degrees); },
          [&](const float* p, auto y, auto x) {
            const double right = static_cast<double>(x) - middle_x, up = middle_y - static_cast<double>(y);
            // Back by the angle: counter-clockwise where up is positive.
            const double from_right = std::cos(angle) * right + std::sin(angle) * up;
            const double from_up = -std::sin(angle) * right + std::cos(angle) * up;
            return plane.bilinear(p, middle_y - from_up, middle_x + from_right);
          });
    }
}

BOOST_AUTO_TEST_CASE(a_quarter_turn_is_counter_clockwise) {
  AugmentImage image({1, 3, 3});
  image.plane(0)[2] = 1;  // right above
  rotate(image, 90);
  for (std::size_t i = 0; i < 9; ++i) BOOST_TEST(std::abs(image.pixels()[i] - (i == 0 ? 1 : 0)) < 1e-5F);
}

BOOST_AUTO_TEST_CASE(crop_stretches_a_part) {
  for (const Shape& s : kShapes) {
    const auto height = static_cast<float>(s[1]), width = static_cast<float>(s[2]);
    for (const auto& [x, y, w, h] :
         {std::array{0.0F, 0.0F, 1.0F, 1.0F}, {0.25F, 0.5F, 0.5F, 0.5F}, {0.1F, 0, 0.7F, 1}}) {
      const Plane plane{s[1], s[2]};
      const auto place = [](auto i, float begin, float length, std::int64_t n) {
        const double at = static_cast<double>(begin) +
                          (static_cast<double>(i) + 0.5) * static_cast<double>(length) / static_cast<double>(n) - 0.5;
        return std::clamp(at, 0.0, static_cast<double>(n - 1));
      };
      check_change(
          s, [&](AugmentImage& image) { crop(image, x * width, y * height, w * width, h * height); },
          [&](const float* p, auto row, auto column) {
            return plane.bilinear(p, place(row, y * height, h * height, s[1]),
                                  place(column, x * width, w * width, s[2]));
          });
    }
  }
}

BOOST_AUTO_TEST_CASE(the_whole_as_a_part_stays_bit_for_bit) {
  AugmentImage image = noise({3, 11, 13});
  const Pixels before = pixels_of(image);
  crop(image, 0, 0, 13, 11);
  BOOST_TEST(pixels_of(image) == before, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_erased_has_the_mean_colour) {
  AugmentImage image = noise({2, 5, 6}, {0.25F, 0.75F});
  const Pixels before = pixels_of(image);
  erase(image, 2, 1, 3, 4);
  for (std::int64_t c = 0; c < 2; ++c)
    for (std::int64_t y = 0; y < 5; ++y)
      for (std::int64_t x = 0; x < 6; ++x) {
        const auto i = static_cast<std::size_t>(c * 30 + y * 6 + x);
        const bool erased = x >= 2 && x < 5 && y >= 1;
        BOOST_TEST(image.pixels()[i] == (erased ? (c == 0 ? 0.25F : 0.75F) : before[i]));
      }
}

BOOST_AUTO_TEST_CASE(brightness_contrast_and_saturation_are_as_their_formulas) {
  const Shape s{3, 6, 5};
  const auto cut = [](double v) { return std::clamp(v, 0.0, 1.0); };
  const auto grey = [](const float* red, std::int64_t i) {  // of a pixel, by its place in the red plane
    return 0.299 * static_cast<double>(red[i]) + 0.587 * static_cast<double>(red[30 + i]) +
           0.114 * static_cast<double>(red[60 + i]);
  };
  for (const float factor : {0.0F, 0.5F, 1.0F, 1.7F}) {
    const AugmentImage before = noise(s);
    AugmentImage bright = noise(s), contrast = noise(s), saturation = noise(s);
    brighten(bright, factor);
    adjust_contrast(contrast, factor);
    adjust_saturation(saturation, factor);
    const float* red = before.pixels().data();
    double mean = 0;
    for (std::int64_t i = 0; i < 30; ++i) mean += grey(red, i) / 30;
    const auto f = static_cast<double>(factor);
    for (std::size_t i = 0; i < 90; ++i) {
      const auto pixel = static_cast<double>(before.pixels()[i]);
      const double own_grey = grey(red, static_cast<std::int64_t>(i % 30));
      const auto near = [&](float got, double wanted) { return std::abs(static_cast<double>(got) - wanted) < 1e-5; };
      BOOST_TEST(near(bright.pixels()[i], cut(f * pixel)));
      BOOST_TEST(near(contrast.pixels()[i], cut(mean + f * (pixel - mean))));
      BOOST_TEST(near(saturation.pixels()[i], cut(own_grey + f * (pixel - own_grey))));
    }
  }
}

BOOST_AUTO_TEST_CASE(colours_that_are_not_there_cannot_change) {
  AugmentImage grey = noise({1, 3, 3}), two = noise({2, 3, 3});
  adjust_contrast(grey, 0.5F);
  CHECK_FAILS(adjust_contrast(two, 0.5F), "[augment] contrast is of images of 1 or 3 channels, got 2");
  CHECK_FAILS(adjust_saturation(grey, 0.5F), "[augment] saturation is of images of 3 channels, got 1");
}

BOOST_AUTO_TEST_SUITE_END()
