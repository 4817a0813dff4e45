#include <backflow/runtime/dream/image/planes.h>

#include "tests/support/dreams.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::dream;

BOOST_AUTO_TEST_SUITE(planes)

BOOST_AUTO_TEST_CASE(a_picture_comes_back_from_its_numbers) {
  const image::Image photo = small_photo(9, 7);
  const Tensor planes = planes_of(photo, 2, 3, 7, 9);
  BOOST_CHECK(picture_of(planes, 0) == photo);
  BOOST_CHECK(picture_of(planes, 1) == photo);
}

BOOST_AUTO_TEST_CASE(one_channel_is_luminance_and_shows_as_grey) {
  const image::Image red = image::blank_image(3, 2, {255, 0, 0});
  const Tensor planes = planes_of(red, 1, 1, 2, 3);
  for (float v : planes.as()) BOOST_CHECK_CLOSE(v, 0.299F, 1e-3);
  const image::Image grey = picture_of(planes, 0);
  BOOST_CHECK(grey == image::blank_image(3, 2, {76, 76, 76}));
}

BOOST_AUTO_TEST_CASE(enlarging_interpolates_between_pixels_middles) {
  const Tensor small({1, 1, 1, 2}, std::vector<float>{0, 1});
  const Tensor large = enlarged(small, 2, 4);
  const std::vector<float> row{0, 0.25F, 0.75F, 1, 0, 0.25F, 0.75F, 1};
  BOOST_CHECK_EQUAL_COLLECTIONS(large.as().begin(), large.as().end(), row.begin(), row.end());
}

BOOST_AUTO_TEST_CASE(enlarging_to_the_same_size_copies) {
  const Tensor planes = planes_of(small_photo(5, 4), 2, 3, 4, 5);
  const Tensor same = enlarged(planes, 4, 5);
  BOOST_CHECK_EQUAL_COLLECTIONS(same.as().begin(), same.as().end(), planes.as().begin(), planes.as().end());
}

BOOST_AUTO_TEST_SUITE_END()
