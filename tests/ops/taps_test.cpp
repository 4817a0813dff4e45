#include <backflow/ops/taps.h>

#include <numeric>

#include <backflow/ops/resample.h>
#include "tests/support/run.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

/// 1, 2, 3, … as an image, its rows and columns resized.
std::vector<float> resized(const Shape& from, const Taps& rows, const Taps& columns, float fill = 0) {
  Graph g;
  const Value x = g.input("x", {from});
  g.output("y",
           resample(resample(x, {.axis = 0, .taps = rows, .fill = fill}), {.axis = 1, .taps = columns, .fill = fill}));
  std::vector<float> values(static_cast<std::size_t>(elements(from)));
  std::iota(values.begin(), values.end(), 1.0F);
  return outputs_of(g, {{"x", values}}).at("y");
}

std::vector<float> resized(const Shape& from, const InterpolationOptions& rows, const InterpolationOptions& columns) {
  return resized(from, interpolation_taps(from[0], rows), interpolation_taps(from[1], columns));
}

void check_close(const std::vector<float>& got, const std::vector<float>& expected) {
  BOOST_REQUIRE_EQUAL(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    BOOST_CHECK_MESSAGE(std::abs(got[i] - expected[i]) < 2e-6F * std::abs(expected[i]) + 1e-6F,
                        "at index " << i << ": expected " << expected[i] << ", got " << got[i]);
}

std::vector<std::int64_t> nearest_of(std::int64_t from, InterpolationOptions o) {
  o.mode = Interpolation::nearest;
  std::vector<std::int64_t> result;
  for (const auto& element : interpolation_taps(from, o).of) {
    BOOST_REQUIRE_EQUAL(element.size(), 1U);
    BOOST_CHECK_EQUAL(element[0].weight, 1);
    result.push_back(element[0].from);
  }
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(taps_)

// Results that ONNX's page of Resize shows.
BOOST_AUTO_TEST_CASE(interpolate_linearly_as_onnx_does) {
  const InterpolationOptions twice{.mode = Interpolation::linear, .scale = 2};
  check_close(resized({2, 2}, twice, twice),
              {1, 1.25F, 1.75F, 2, 1.5F, 1.75F, 2.25F, 2.5F, 2.5F, 2.75F, 3.25F, 3.5F, 3, 3.25F, 3.75F, 4});
  InterpolationOptions corners = twice;
  corners.coordinates = Coordinates::align_corners;
  check_close(resized({2, 2}, corners, corners),
              {1, 1.33333333F, 1.66666667F, 2, 1.66666667F, 2, 2.33333333F, 2.66666667F, 2.33333333F, 2.66666667F, 3,
               3.33333333F, 3, 3.33333333F, 3.66666667F, 4});
  // Not the new length but scale · length, 1.2 and 2.4, is aligned.
  const InterpolationOptions fewer{
      .mode = Interpolation::linear, .coordinates = Coordinates::align_corners, .scale = 0.6};
  check_close(resized({2, 4}, fewer, fewer), {1, 3.142857F});
  InterpolationOptions half = fewer;
  half.coordinates = Coordinates::half_pixel;
  check_close(resized({2, 4}, half, half), {2.6666665F, 4.3333331F});
  const InterpolationOptions three{
      .mode = Interpolation::linear, .coordinates = Coordinates::pytorch_half_pixel, .length = 3};
  InterpolationOptions one = three;
  one.length = 1;
  check_close(resized({4, 4}, three, one), {1.6666666F, 7, 12.333333F});
}

BOOST_AUTO_TEST_CASE(interpolate_about_the_middle_as_onnx_does) {
  const InterpolationOptions rows{
      .mode = Interpolation::linear, .coordinates = Coordinates::half_pixel_symmetric, .scale = 2.3};
  InterpolationOptions columns = rows;
  columns.scale = 2.94;
  check_close(resized({2, 2}, rows, columns), {1,           1.15986395F, 1.5F,        1.84013605F, 2,
                                               1.56521738F, 1.72508133F, 2.06521738F, 2.40535343F, 2.56521738F,
                                               2.43478262F, 2.59464657F, 2.93478262F, 3.27491867F, 3.43478262F,
                                               3,           3.15986395F, 3.5F,        3.84013605F, 4});
}

BOOST_AUTO_TEST_CASE(interpolate_by_cubics_as_onnx_does) {
  const auto first_row = [](const InterpolationOptions& o) {
    auto y = resized({4, 4}, o, o);
    y.resize(8);
    return y;
  };
  InterpolationOptions o{.mode = Interpolation::cubic, .scale = 2};
  check_close(first_row(o),
              {0.47265625F, 0.76953125F, 1.24609375F, 1.875F, 2.28125F, 2.91015625F, 3.38671875F, 3.68359375F});
  o.coordinates = Coordinates::align_corners;
  check_close(first_row(o), {1, 1.34110787F, 1.80029155F, 2.32944606F, 2.67055394F, 3.19970845F, 3.65889213F, 4});
  o.coordinates = Coordinates::asymmetric;
  check_close(first_row(o), {1, 1.40625F, 2, 2.5F, 3, 3.59375F, 4, 4.09375F});
  o.coordinates = Coordinates::half_pixel;
  o.cubic_coeff_a = -0.5;
  o.exclude_outside = true;
  check_close(first_row(o),
              {0.55882353F, 0.81494204F, 1.35698249F, 1.89705882F, 2.39705882F, 2.93713516F, 3.47917561F, 3.73529412F});
  const InterpolationOptions fewer{.mode = Interpolation::cubic, .scale = 0.8};
  check_close(resized({4, 4}, fewer, fewer), {1.47119141F, 2.78125F, 4.08251953F, 6.71142578F, 8.02148438F, 9.32275391F,
                                              11.91650391F, 13.2265625F, 14.52783203F});
}

BOOST_AUTO_TEST_CASE(reduce_without_aliasing_as_onnx_does) {
  InterpolationOptions o{.mode = Interpolation::linear, .scale = 0.6F, .antialias = true};
  check_close(resized({4, 4}, o, o), {2.875F, 4.5F, 9.375F, 11});
  o.mode = Interpolation::cubic;
  check_close(resized({4, 4}, o, o), {2.5180721F, 4.2858863F, 9.589329F, 11.357142F});
}

BOOST_AUTO_TEST_CASE(crop_as_onnx_does) {
  const auto crop = [](double begin, double end) {
    return interpolation_taps(4, {.mode = Interpolation::linear,
                                  .coordinates = Coordinates::tf_crop_and_resize,
                                  .length = 3,
                                  .roi_begin = begin,
                                  .roi_end = end});
  };
  check_close(resized({4, 4}, crop(0.4, 0.6), crop(0.6, 0.8)), {7.6F, 7.9F, 8.2F, 8.8F, 9.1F, 9.4F, 10, 10.3F, 10.6F});
  check_close(resized({4, 4}, crop(0.4, 1.2), crop(0.6, 1.7), 10), {7.6F, 10, 10, 12.4F, 10, 10, 10, 10, 10});
}

BOOST_AUTO_TEST_CASE(choose_the_nearest_as_onnx_does) {
  using Indices = std::vector<std::int64_t>;
  BOOST_CHECK((nearest_of(2, {.scale = 2}) == Indices{0, 0, 1, 1}));
  BOOST_CHECK((nearest_of(2, {.scale = 3}) == Indices{0, 0, 0, 1, 1, 1}));
  BOOST_CHECK((nearest_of(4, {.scale = 0.6}) == Indices{0, 2}));
  BOOST_CHECK((nearest_of(4, {.length = 3}) == Indices{0, 1, 3}));
  const auto four_to_eight = [](Coordinates c, Rounding r) {
    return nearest_of(4, {.coordinates = c, .length = 8, .rounding = r});
  };
  using enum Coordinates;
  BOOST_CHECK((four_to_eight(half_pixel, Rounding::ceil) == Indices{0, 1, 1, 2, 2, 3, 3, 3}));
  BOOST_CHECK((four_to_eight(align_corners, Rounding::floor) == Indices{0, 0, 0, 1, 1, 2, 2, 3}));
  BOOST_CHECK((four_to_eight(asymmetric, Rounding::round_prefer_ceil) == Indices{0, 1, 1, 2, 2, 3, 3, 3}));
  BOOST_CHECK((four_to_eight(asymmetric, Rounding::round_prefer_floor) == Indices{0, 0, 1, 1, 2, 2, 3, 3}));
  BOOST_CHECK((four_to_eight(asymmetric, Rounding::floor) == Indices{0, 0, 1, 1, 2, 2, 3, 3}));
  BOOST_CHECK((nearest_of(4, {.coordinates = tf_half_pixel_for_nn, .length = 2, .rounding = Rounding::floor}) ==
               Indices{1, 3}));
  BOOST_CHECK(
      (nearest_of(6, {.coordinates = asymmetric, .length = 4, .rounding = Rounding::ceil}) == Indices{0, 2, 3, 5}));
}

BOOST_AUTO_TEST_CASE(sum_to_one_whatever_lies_outside) {
  for (const auto mode : {Interpolation::linear, Interpolation::cubic})
    for (const auto coordinates : {Coordinates::half_pixel, Coordinates::align_corners, Coordinates::asymmetric})
      for (const bool outside : {false, true})
        for (const bool antialias : {false, true})
          for (const std::int64_t length : {1, 3, 7, 19}) {
            const Taps taps = interpolation_taps(7, {.mode = mode,
                                                     .coordinates = coordinates,
                                                     .length = length,
                                                     .exclude_outside = outside,
                                                     .antialias = antialias});
            BOOST_CHECK_EQUAL(taps.of.size(), static_cast<std::size_t>(length));
            for (const auto& element : taps.of) {
              double total = 0;
              for (const Taps::Tap& t : element) total += t.weight;
              BOOST_CHECK_SMALL(total - 1, 1e-6);
            }
          }
}

BOOST_AUTO_TEST_CASE(say_which_line_there_is_not) {
  CHECK_FAILS(interpolation_taps(4, {}), "[interpolation_taps] needs a line, a new length or a scale");
  CHECK_FAILS(interpolation_taps(4, {.scale = 0.2}), "a line of 4 elements times 0.2 has none");
  CHECK_FAILS(interpolation_taps(4, {.scale = 1e300}), "elements is too long");
  CHECK_FAILS(interpolation_taps(4, {.scale = std::nan("")}), "needs a line");
  CHECK_FAILS(interpolation_taps(4, {.length = 9, .scale = 2}), "a line of 4 elements times 2 has no 9 elements");
  CHECK_FAILS(interpolation_taps(4, {.length = 2, .roi_end = std::nan("")}), "a finite region");
}

BOOST_AUTO_TEST_SUITE_END()
