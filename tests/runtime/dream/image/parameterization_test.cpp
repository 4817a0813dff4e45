#include <backflow/runtime/dream/image/parameterization.h>

#include <algorithm>
#include <cmath>

#include <backflow/runtime/dream/image/colour.h>
#include <backflow/runtime/dream/image/planes.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/dreams.h"
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::dream;

namespace {

/// The pixels that a parameter stands for.
Tensor pixels_for(const DreamOptions& o, const Shape& s, const Tensor& parameter) {
  Graph g;
  g.output("pixels", pixels_of(g.input("x", parameter.spec()), o, s));
  Store store;
  Scheduler scheduler(1);
  Flow flow(g, store, scheduler);
  std::ranges::copy(parameter.as(), flow.input("x").as().begin());
  flow.run();
  return Tensor(s, flow.output("pixels"));
}

double stddev(const Tensor& t) {
  double mean = 0, square = 0;
  for (float v : t.as()) mean += v, square += double{v} * v;
  const auto n = static_cast<double>(t.as().size());
  return std::sqrt(square / n - mean * mean / n / n);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(decoded)

BOOST_AUTO_TEST_CASE(a_photo_comes_back_from_the_parameter_that_stands_for_it) {
  for (const auto kind :
       {Parameterization::pixels, Parameterization::sigmoid, Parameterization::pyramid, Parameterization::fourier})
    for (bool decorrelate : {true, false})
      for (std::int64_t channels : {1, 3}) {
        DreamOptions o;
        o.parameterization = kind;
        o.decorrelate = decorrelate;
        const Shape s{2, channels, 10, 13};
        const Tensor photo = planes_of(small_photo(), s[0], s[1], s[2], s[3]);
        const Tensor parameter = values_for(o, photo);
        BOOST_CHECK(parameter.shape() == parameter_shape(o, s));
        const Tensor back = pixels_for(o, s, parameter);
        for (std::size_t i = 0; i < photo.as().size(); ++i)  // a sigmoid reaches neither 0 nor 1
          BOOST_REQUIRE_SMALL(back.as()[i] - photo.as()[i], 2e-3F);
      }
}

BOOST_AUTO_TEST_CASE(phases_always_give_a_picture_of_the_same_contrast) {
  DreamOptions o;
  o.parameterization = Parameterization::maco;
  const Shape s{1, 3, 16, 16};
  const std::array keys{RandomKey::of(1, "x", 0)};
  o.start_stddev = 1;
  const double narrow = stddev(pixels_for(o, s, first_values(o, s, keys)));
  o.start_stddev = 3;
  const double wide = stddev(pixels_for(o, s, first_values(o, s, keys)));
  BOOST_CHECK_CLOSE(narrow, wide, 0.1);
  BOOST_CHECK_GT(narrow, 0.05);
}

BOOST_AUTO_TEST_CASE(noise_has_the_given_mean_and_deviation_and_depends_on_the_key_alone) {
  DreamOptions o;
  const Shape s{2, 3, 40, 50};
  const std::array keys{RandomKey::of(1, "class:3", 0), RandomKey::of(1, "class:3", 1)};
  const Tensor noise = first_values(o, s, keys);
  BOOST_CHECK_CLOSE(stddev(noise), 0.03, 3);
  const std::array second{keys[1]};
  const Tensor alone = first_values(o, {1, 3, 40, 50}, second);
  const auto half = noise.as().subspan(noise.as().size() / 2);
  BOOST_CHECK_EQUAL_COLLECTIONS(half.begin(), half.end(), alone.as().begin(), alone.as().end());
  o.start = Start::grey;
  const Tensor grey = first_values(o, s, keys);
  for (float v : grey.as()) BOOST_REQUIRE_EQUAL(v, 0.5F);
}

BOOST_AUTO_TEST_CASE(the_inverse_of_the_colours_is_their_inverse) {
  const ColourMatrix back = inverse(kColours);
  for (std::size_t r = 0; r < 3; ++r)
    for (std::size_t c = 0; c < 3; ++c) {
      float sum = 0;
      for (std::size_t k = 0; k < 3; ++k) sum += back[3 * r + k] * kColours[3 * k + c];
      BOOST_CHECK_SMALL(sum - (r == c ? 1.0F : 0.0F), 1e-4F);
    }
}

BOOST_AUTO_TEST_SUITE_END()
