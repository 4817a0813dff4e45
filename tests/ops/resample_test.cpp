#include <backflow/ops/resample.h>

#include "tests/support/each_index.h"
#include "tests/support/proof.h"
#include "tests/support/run.h"
#include "tests/support/tiles.h"

using namespace backflow;
using proof::Array;

namespace {

struct AxisResampleReference {
  std::size_t axis;
  Taps taps;
  double fill;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Shape shape = in[0].shape;
    shape[axis] = static_cast<std::int64_t>(taps.of.size());
    Array<T> y(shape);
    proof::each_index(shape, [&](const Shape& index) {
      T& to = y.data[proof::place_in(shape, index)];
      const auto& element = taps.of[static_cast<std::size_t>(index[axis])];
      if (element.empty()) to = fill;
      for (const Taps::Tap& t : element) {
        Shape from = index;
        from[axis] = t.from;
        to += in[0].data[proof::place_in(in[0].shape, from)] * static_cast<double>(t.weight);
      }
    });
    return y;
  }
};

/// Elements without taps, with one that copies, with one that scales, and with several.
Taps some_taps(std::int64_t length) {
  Taps taps{length, {{}, {{length - 1, 1}}, {{0, -0.5F}}, {{length - 1, 0.25F}, {0, 2}, {length / 2, 1}}, {}}};
  return taps;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resample_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_along_every_axis) {
  for (const Shape& x :
       {Shape{1}, Shape{5}, Shape{3, 4}, Shape{1, 7}, Shape{2, 3, 4, 5}, Shape{1, 3, 4, 5}, Shape{2, 1, 2, 1, 3, 2, 1}})
    for (std::size_t axis = 0; axis < x.size(); ++axis)
      for (const float fill : {0.0F, 3.0F}) {
        const Taps taps = some_taps(x[axis]);
        const ResampleOptions o{.axis = static_cast<std::int64_t>(axis), .taps = taps, .fill = fill};
        proof::prove(str_cat("resample ", to_string(x), " axis ", axis), {{x}},
                     [&](Graph&, const auto& v) { return resample(v[0], o); }, AxisResampleReference{axis, taps, fill},
                     {.linear_in = fill == 0 ? std::vector<std::size_t>{0} : std::vector<std::size_t>{}});
      }
}

BOOST_AUTO_TEST_CASE(of_an_image_is_an_image) {
  for (const std::int64_t axis : {1, 2, 3}) {
    const Shape x{2, 3, 4, 5};
    const Taps taps = some_taps(x[static_cast<std::size_t>(axis)]);
    const auto build = [&](Graph& g, const std::vector<Value>& v) {
      g.mark_image(v[0]);
      const Value y = resample(v[0], {.axis = axis, .taps = taps});
      BOOST_TEST(y.spec().image);
      return y;
    };
    proof::prove("resample of an image", {{x}}, build, AxisResampleReference{static_cast<std::size_t>(axis), taps, 0},
                 {.linear_in = {0}});
  }
}

BOOST_AUTO_TEST_CASE(has_the_same_bits_when_it_is_cut_into_tiles) {
  struct Case {
    Shape x;
    std::size_t axis;
  };
  for (const Case& c : {Case{{8, 100, 50}, 1}, {{1, 8, 100, 50}, 2}, {{300, 200}, 0}, {{1, 2, 3, 9000}, 3}}) {
    const std::int64_t length = c.x[c.axis];
    Taps taps{length, {}};
    for (std::int64_t i = 0; i < 2 * length; ++i) taps.of.push_back({{i / 2, 0.75F}, {(i * 7 + 3) % length, 0.25F}});
    const std::vector<proof::Input> inputs{{c.x, false, false}};
    const auto build = [&](Graph&, const std::vector<Value>& v) {
      return resample(v[0], {.axis = static_cast<std::int64_t>(c.axis), .taps = taps});
    };
    BOOST_TEST(proof::tiles_of(inputs, build) > 1U);
    proof::prove(str_cat("resample of several tiles ", to_string(c.x)), inputs, build,
                 AxisResampleReference{c.axis, taps, 0});
  }
}

BOOST_AUTO_TEST_CASE(says_which_taps_do_not_fit) {
  Graph g;
  const Value x = g.input("x", {{4, 6}});
  CHECK_FAILS(resample(x, {.axis = 1, .taps = {5, {{}}}}),
              "[resample] axis 1 of [4, 6] has length 6, the taps are of 5 elements");
  CHECK_FAILS(resample(x, {.axis = 2, .taps = {6, {{}}}}), "[resample] has no axis 2 in shape [4, 6]");
  CHECK_FAILS(resample(x, {.axis = -1, .taps = {6, {{{6, 1.0F}}}}}), "[resample] index 6 is not in 0 … 5");
  CHECK_FAILS(resample(x, {.axis = 0, .taps = {4, {}}}), "would make an empty value [0, 6]");
  CHECK_FAILS(resample(g.input("n", {{4}, Type::s32}), {.taps = {4, {{}}}}), "needs an f32 value, got [4] s32");
}

BOOST_AUTO_TEST_SUITE_END()
