#include <backflow/ops/adaptive_average_pool2d.h>

#include <cmath>

#include "tests/support/proof.h"

using namespace backflow;
using proof::Array;

namespace {

struct AdaptiveReference {
  std::int64_t height, width;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const Shape& s = in[0].shape;
    const auto begin = [](auto i, auto from, auto to) { return std::floor(double(i) * double(from) / double(to)); };
    const auto end = [](auto i, auto from, auto to) { return std::ceil(double(i + 1) * double(from) / double(to)); };
    Array<T> y({s[0], s[1], height, width});
    for (std::int64_t n = 0; n < s[0]; ++n)
      for (std::int64_t c = 0; c < s[1]; ++c)
        for (std::int64_t i = 0; i < height; ++i)
          for (std::int64_t j = 0; j < width; ++j) {
            double count = 0;
            for (auto k = begin(i, s[2], height); k < end(i, s[2], height); ++k)
              for (auto l = begin(j, s[3], width); l < end(j, s[3], width); ++l, ++count)
                y(n, c, i, j) += in[0](n, c, static_cast<std::int64_t>(k), static_cast<std::int64_t>(l));
            y(n, c, i, j) /= count;
          }
    return y;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(adaptive_average_pool2d_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_smaller_and_larger) {
  for (const Shape& x : {Shape{2, 3, 10, 8}, Shape{2, 3, 4, 2}, Shape{1, 2, 7, 5}})
    for (const Shape& to : {Shape{1, 1}, Shape{7, 7}, Shape{3, 4}})
      proof::prove(
          str_cat("adaptive_average_pool2d ", to_string(x), " to ", to_string(to)), {{x, true}},
          [&](Graph&, const auto& v) { return adaptive_average_pool2d(v[0], {.height = to[0], .width = to[1]}); },
          AdaptiveReference{to[0], to[1]}, {.reduction = 80, .linear_in = {0}});
}

BOOST_AUTO_TEST_CASE(the_wanted_size_is_left_alone) {
  Graph g;
  const Value x = g.input("x", {{2, 3, 7, 6}});
  BOOST_CHECK(adaptive_average_pool2d(x, {.height = 7, .width = 6}) == x);
}

BOOST_AUTO_TEST_CASE(wrong_arguments_are_errors) {
  Graph g;
  CHECK_FAILS(adaptive_average_pool2d(g.input("x", {{2, 3}}), {.height = 7, .width = 7}), "[N, C, H, W], got [2, 3]");
  CHECK_FAILS(adaptive_average_pool2d(g.input("y", {{2, 3, 4, 4}}), {.height = 0, .width = 7}), "got 0 and 7");
}

BOOST_AUTO_TEST_SUITE_END()
