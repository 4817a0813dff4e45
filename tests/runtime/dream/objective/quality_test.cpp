#include <backflow/runtime/dream/objective/quality.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <backflow/graph/random.h>
#include <backflow/runtime/image/resize.h>
#include "tests/support/shared.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::dream;

namespace {

image::Image noise(int width, int height) {
  image::Image image = image::blank_image(width, height);
  for (std::size_t i = 0; i < image.rgb.size(); ++i)
    image.rgb[i] = static_cast<std::uint8_t>(random_words(1, stream_of("noise"), 0, i)[0] & 0xff);
  return image;
}

/// Grey waves with `across` and `down` cycles in the image.
image::Image waves(int width, int height, double across, double down) {
  image::Image image = image::blank_image(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double phase = 2 * std::numbers::pi * (across * x / width + down * y / height);
      std::fill_n(image.at(x, y), 3, static_cast<std::uint8_t>(std::lround(127.5 + 120 * std::cos(phase))));
    }
  return image;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(quality)

BOOST_AUTO_TEST_CASE(total_variation_counts_each_pair_of_neighbours_once) {
  image::Image image = image::blank_image(2, 2, {0, 0, 0});
  BOOST_CHECK_EQUAL(total_variation(image), 0);
  image.at(0, 0)[1] = 255;  // one channel of one pixel: it differs from two neighbours
  BOOST_CHECK_CLOSE(total_variation(image), 2.0 / 12, 1e-9);
  image.at(1, 1)[1] = 255;
  BOOST_CHECK_CLOSE(total_variation(image), 4.0 / 12, 1e-9);
  image::Image column = image::blank_image(1, 3, {0, 0, 0});
  column.at(0, 1)[0] = 51;
  BOOST_CHECK_CLOSE(total_variation(column), 2 * 0.2 / 9, 1e-9);
}

BOOST_AUTO_TEST_CASE(a_picture_of_one_colour_has_no_high_frequencies) {
  BOOST_CHECK_EQUAL(high_frequency_share(image::blank_image(31, 17, {200, 3, 77})), 0);
  BOOST_CHECK_EQUAL(high_frequency_share(image::blank_image(1, 1)), 0);
}

BOOST_AUTO_TEST_CASE(white_noise_has_the_share_of_the_plane_outside_a_circle) {
  const double outside = 1 - std::numbers::pi / 16;  // .804
  BOOST_CHECK_SMALL(high_frequency_share(noise(224, 224)) - outside, 0.01);
  BOOST_CHECK_SMALL(high_frequency_share(noise(331, 97)) - outside, 0.01);  // primes
}

BOOST_AUTO_TEST_CASE(waves_count_as_high_above_a_quarter_cycle_per_pixel_in_any_direction) {
  BOOST_CHECK_LT(high_frequency_share(waves(64, 48, 15, 0)), 0.001);
  BOOST_CHECK_GT(high_frequency_share(waves(64, 48, 17, 0)), 0.999);
  BOOST_CHECK_LT(high_frequency_share(waves(64, 48, 0, 11)), 0.001);
  BOOST_CHECK_GT(high_frequency_share(waves(64, 48, 0, 13)), 0.999);
  BOOST_CHECK_LT(high_frequency_share(waves(64, 64, 11, 11)), 0.001);  // .243
  BOOST_CHECK_GT(high_frequency_share(waves(64, 64, 12, 12)), 0.999);  // .265
}

BOOST_AUTO_TEST_CASE(photos_have_few_high_frequencies) {
  for (const char* name : {"photos/parrot.jpg", "photos/bird.png", "photos/sunflower.png"})
    if (auto file = shared_file(name)) {
      const double share = high_frequency_share(image::centre_square(image::read_image(*file), 224, 224));
      BOOST_TEST_MESSAGE(name << " has a high-frequency share of " << share);
      BOOST_CHECK_LT(share, 0.1);
    }
}

BOOST_AUTO_TEST_SUITE_END()
