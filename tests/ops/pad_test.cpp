#include <backflow/ops/pad.h>

#include "tests/support/proof.h"

using namespace backflow;
using proof::Array;

namespace {

struct PadReference {
  Shape before, after;
  double value;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Shape shape = in[0].shape;
    for (std::size_t a = 0; a < shape.size(); ++a) shape[a] += before[a] + after[a];
    Array<T> y(shape);
    for (T& v : y.data) v = value;
    for (std::int64_t a = 0; a < in[0].shape[0]; ++a)
      for (std::int64_t b = 0; b < in[0].shape[1]; ++b)
        for (std::int64_t c = 0; c < in[0].shape[2]; ++c)
          for (std::int64_t d = 0; d < in[0].shape[3]; ++d)
            y(a + before[0], b + before[1], c + before[2], d + before[3]) = in[0](a, b, c, d);
    return y;
  }
};

struct ReflectReference {
  std::int64_t top, bottom, left, right;

  static std::int64_t mirror(std::int64_t i, std::int64_t n) {
    while (i < 0 || i >= n) i = i < 0 ? -i : 2 * (n - 1) - i;
    return i;
  }

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const Shape& s = in[0].shape;
    Array<T> y({s[0], s[1], s[2] + top + bottom, s[3] + left + right});
    for (std::int64_t n = 0; n < s[0]; ++n)
      for (std::int64_t c = 0; c < s[1]; ++c)
        for (std::int64_t i = 0; i < y.shape[2]; ++i)
          for (std::int64_t j = 0; j < y.shape[3]; ++j)
            y(n, c, i, j) = in[0](n, c, mirror(i - top, s[2]), mirror(j - left, s[3]));
    return y;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(pad_)

BOOST_AUTO_TEST_CASE(puts_a_border_of_one_value_around) {
  struct Case {
    Shape x, before, after;
    float value;
  };
  for (const Case& c : {Case{{1, 1, 1, 1}, {0, 0, 0, 0}, {0, 0, 0, 0}, 0},
                        {{3, 2, 4, 5}, {0, 0, 1, 2}, {0, 0, 3, 0}, 0},
                        {{3, 2, 4, 5}, {0, 0, 12, 12}, {0, 0, 12, 12}, 0.5F},
                        {{2, 3, 2, 2}, {1, 0, 0, 1}, {0, 2, 0, 1}, -2}})
    for (bool channels_last : {false, true})  // a parameter lies as the op likes
      proof::prove(
          "pad " + to_string(c.x), {{c.x, channels_last}},
          [&](Graph&, const auto& v) { return pad(v[0], {.before = c.before, .after = c.after, .value = c.value}); },
          PadReference{c.before, c.after, c.value});
}

BOOST_AUTO_TEST_CASE(mirrors_the_picture_at_its_edges) {
  for (auto [h, w] : {std::pair{4, 5}, {3, 3}, {1, 2}}) {
    const ReflectReference r{h - 1, h / 2, w - 1, 1};
    proof::prove(str_cat("reflect_pad ", h, "×", w), {{{2, 3, h, w}, h == 3}},
                 [&](Graph&, const auto& v) {
                   return reflect_pad(v[0], {.top = r.top, .bottom = r.bottom, .left = r.left, .right = r.right});
                 },
                 r, {.linear_in = {0}});
  }
}

BOOST_AUTO_TEST_CASE(says_what_is_wrong_with_a_border) {
  Graph g;
  const Value x = g.input("x", {{1, 1, 3, 3}});
  CHECK_FAILS(pad(x, {.before = {1, 1}, .after = {1, 1}}), "input has shape [1, 1, 3, 3], got borders [1, 1]");
  CHECK_FAILS(pad(x, {.before = {0, 0, -1, 0}, .after = {0, 0, 0, 0}}), "borders need to be ≥ 0, got [0, 0, -1, 0]");
  CHECK_FAILS(pad(g.input("labels", {{2}, Type::s32}), {.before = {1}, .after = {0}, .value = 1}), "needs f32");
  CHECK_FAILS(reflect_pad(x, {.top = 3}), "borders of a line of 3 elements need to be 0 … 2, got 3 and 0");
  CHECK_FAILS(reflect_pad(g.input("y", {{2, 2}}), {}), "needs shape [N, C, H, W], got [2, 2]");
}

BOOST_AUTO_TEST_SUITE_END()
