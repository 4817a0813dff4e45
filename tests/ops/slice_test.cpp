#include <backflow/ops/slice.h>

#include <backflow/ops/pad.h>
#include "tests/support/proof.h"
#include "tests/support/run.h"

using namespace backflow;
using proof::Array;

namespace {

struct SliceReference {
  Shape begin, shape;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> y(shape);
    for (std::int64_t a = 0; a < shape[0]; ++a)
      for (std::int64_t b = 0; b < shape[1]; ++b)
        for (std::int64_t c = 0; c < shape[2]; ++c)
          for (std::int64_t d = 0; d < shape[3]; ++d)
            y(a, b, c, d) = in[0](a + begin[0], b + begin[1], c + begin[2], d + begin[3]);
    return y;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(slice_)

BOOST_AUTO_TEST_CASE(takes_the_box_and_gives_its_gradient_back) {
  struct Case {
    Shape x, begin, shape;
  };
  for (const Case& c : {Case{{1, 1, 1, 1}, {0, 0, 0, 0}, {1, 1, 1, 1}},
                        {{3, 5, 4, 7}, {0, 1, 2, 3}, {3, 3, 1, 4}},
                        {{3, 5, 4, 7}, {1, 0, 0, 0}, {2, 5, 4, 7}},
                        {{2, 4, 3, 3}, {0, 0, 0, 2}, {2, 4, 3, 1}}})
    for (bool channels_last : {false, true})  // a parameter lies as the op likes
      proof::prove("slice " + to_string(c.x), {{c.x, channels_last}},
                   [&](Graph&, const auto& v) { return slice(v[0], c.begin, c.shape); },
                   SliceReference{c.begin, c.shape}, {.linear_in = {0}});
}

BOOST_AUTO_TEST_CASE(cuts_along_one_axis_too) {
  Graph g;
  const Value x = g.input("x", {{4, 6, 5}});
  BOOST_CHECK((slice(x, {.axis = 1, .begin = 2, .length = 3}).shape() == Shape{4, 3, 5}));
}

BOOST_AUTO_TEST_CASE(says_which_box_is_not_there) {
  Graph g;
  const Value x = g.input("x", {{4, 6}});
  CHECK_FAILS(slice(x, {0, 4}, {4, 3}), "[slice] input has shape [4, 6], there is no box of [4, 3] at [0, 4] in it");
  CHECK_FAILS(slice(x, {0}, {4}), "there is no box of [4] at [0]");
  CHECK_FAILS(slice(x, {.axis = 2}), "there is no axis 2");
  CHECK_FAILS(slice(x, {.axis = 1, .begin = -1, .length = 2}), "at [0, -1]");
  CHECK_FAILS(slice(x, {.axis = 1, .length = 0}), "there is no box of [4, 0]");
}

BOOST_AUTO_TEST_CASE(a_number_has_one_box_and_no_borders) {
  Graph g;
  const Value x = g.input("x", {{}});
  g.output("slice", slice(x, Shape{}, Shape{}));
  g.output("pad", pad(x, {}));
  const auto y = outputs_of(g, {{"x", {3}}});
  BOOST_TEST(y.at("slice").at(0) == 3);
  BOOST_TEST(y.at("pad").at(0) == 3);
  CHECK_FAILS(slice(x, {.axis = 0, .begin = 0, .length = 1}), "[slice] input has shape [], there is no axis 0");
}

BOOST_AUTO_TEST_SUITE_END()
