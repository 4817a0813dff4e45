#include <backflow/runtime/models/input_spec.h>

#include <backflow/runtime/image/resize.h>
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::models;

BOOST_AUTO_TEST_SUITE(input_spec)

BOOST_AUTO_TEST_CASE(colours_are_standardised_as_imagenet_has_it_and_come_back) {
  const image::Image picture{2, 1, {255, 0, 51, 10, 20, 30}};
  const InputSpec input = default_input(3);
  std::vector<float> values(6);
  to_input(picture, input, values);
  BOOST_TEST(values[0] == (1 - 0.485F) / 0.229F, boost::test_tools::tolerance(1e-6F));
  BOOST_TEST(values[2] == (0 - 0.456F) / 0.224F, boost::test_tools::tolerance(1e-6F));
  BOOST_TEST(values[4] == (0.2F - 0.406F) / 0.225F, boost::test_tools::tolerance(1e-6F));
  BOOST_TEST((from_input(values, 2, 1, input) == picture));
}

BOOST_AUTO_TEST_CASE(grey_is_luma_and_a_grey_picture_comes_back) {
  const image::Image picture{3, 1, {7, 7, 7, 255, 0, 0, 0, 255, 0}};
  const InputSpec input{1, 0, 0, {0.25F}, {0.5F}};
  std::vector<float> values(3);
  to_input(picture, input, values);
  BOOST_TEST(values[0] == (7 / 255.0F - 0.25F) / 0.5F, boost::test_tools::tolerance(1e-6F));
  BOOST_TEST(values[1] == (0.299F - 0.25F) / 0.5F, boost::test_tools::tolerance(1e-6F));
  BOOST_TEST(values[2] == (0.587F - 0.25F) / 0.5F, boost::test_tools::tolerance(1e-6F));
  const image::Image back = from_input(values, 3, 1, input);
  BOOST_TEST((back.rgb == std::vector<std::uint8_t>{7, 7, 7, 76, 76, 76, 150, 150, 150}));
}

BOOST_AUTO_TEST_CASE(a_photo_is_fitted_as_torchvision_does_it) {
  image::Image photo = image::blank_image(301, 333);
  for (std::size_t i = 0; i < photo.rgb.size(); ++i) photo.rgb[i] = static_cast<std::uint8_t>(i * i / 7);
  BOOST_TEST((fitted(photo, default_input(3)) == image::centre_square(photo)));
  BOOST_TEST((fitted(photo, default_input(3, 224, 224)) == image::centre_square(photo)));
  BOOST_TEST((fitted(photo, default_input(3, 112, 112)) == image::centre_square(photo, 128, 112)));
  BOOST_TEST((fitted(photo, default_input(1, 28, 28)) == image::centre_square(photo, 28, 28)));
  const image::Image wide = fitted(photo, default_input(1, 20, 60));
  BOOST_TEST((wide.width == 60 && wide.height == 20));
  BOOST_TEST((wide == image::centre_crop(image::resize(photo, 60, 66), 60, 20)));
}

BOOST_AUTO_TEST_CASE(a_picture_of_the_networks_size_is_left_as_it_is) {
  const image::Image photo = image::blank_image(224, 224, {1, 2, 3});
  BOOST_TEST((fitted(photo, default_input(3)) == photo));
  BOOST_TEST((fitted(image::blank_image(9, 8), default_input(1, 8, 9)) == image::blank_image(9, 8)));
}

BOOST_AUTO_TEST_CASE(a_line_of_pixels_is_refused) {
  CHECK_FAILS(fitted(image::blank_image(100'000, 1), default_input(3)), "100000 × 1 is too narrow");
}

BOOST_AUTO_TEST_CASE(pictures_that_do_not_fit_are_refused) {
  const InputSpec input = default_input(1, 28, 28);
  check_input(input, {5, 1, 28, 28}, "[net]");
  check_input(default_input(3), {5, 3, 1, 999}, "[net]");
  CHECK_FAILS(check_input(input, {5, 1, 28, 27}, "[net]"), "[net] reads images of 1 × 28 × 28, got [5, 1, 28, 27]");
  CHECK_FAILS(check_input(default_input(3), {5, 1, 28, 28}, "[net]"), "3 × any × any");
  std::vector<float> values(5);
  CHECK_FAILS(to_input(image::blank_image(2, 2), input, values), "4 numbers, got 5");
  CHECK_FAILS(to_input(image::blank_image(2, 2), default_input(2), values), "1 or 3 channels, the network reads 2");
}

BOOST_AUTO_TEST_SUITE_END()
