#include <backflow/ops/gather.h>

#include "tests/support/each_index.h"
#include "tests/support/indices.h"
#include "tests/support/run.h"
#include "tests/support/tiles.h"

using namespace backflow;
using proof::Array;

namespace {

struct GatherReference {
  std::size_t axis;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const Array<T>&x = in[0], &index = in[1];
    Shape shape(x.shape.begin(), x.shape.begin() + static_cast<std::ptrdiff_t>(axis));
    shape.insert(shape.end(), index.shape.begin(), index.shape.end());
    shape.insert(shape.end(), x.shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, x.shape.end());
    Array<T> y(shape);
    proof::each_index(shape, [&](const Shape& at) {
      const auto first = at.begin() + static_cast<std::ptrdiff_t>(axis);
      const auto last = first + static_cast<std::ptrdiff_t>(index.shape.size());
      Shape from(at.begin(), first);
      from.push_back(proof::index_at(index, Shape(first, last), x.shape[axis]));
      from.insert(from.end(), last, at.end());
      y.data[proof::place_in(shape, at)] = x.data[proof::place_in(x.shape, from)];
    });
    return y;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(gather_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  struct Case {
    Shape x;
    std::int64_t axis;
    Shape index;
  };
  for (const Case& c : {Case{{1}, 0, {}},
                        {{5}, 0, {3}},
                        {{5, 3}, 0, {}},
                        {{5, 3}, 0, {2, 4}},
                        {{5, 3}, 1, {2}},
                        {{1, 5, 3}, 1, {7}},
                        {{1, 5, 3}, 1, {}},
                        {{2, 3, 4, 5}, 2, {2, 2}},
                        {{2, 3, 4, 5}, 3, {1}},
                        {{1, 2, 3, 2}, 2, {2, 1, 2}}})
    for (const Type type : {Type::f32, Type::s32})
      proof::prove(str_cat("gather ", to_string(c.x), " by ", to_string(c.index), " along ", c.axis),
                   {{c.x}, proof::indices(c.index, c.x[static_cast<std::size_t>(c.axis)], type)},
                   [&](Graph&, const auto& v) { return gather(v[0], v[1], {.axis = c.axis}); },
                   GatherReference{static_cast<std::size_t>(c.axis)}, {.reduction = 4, .linear_in = {0}});
}

BOOST_AUTO_TEST_CASE(has_the_same_bits_when_it_is_cut_into_tiles) {
  for (const auto& [x, index] :
       {std::pair<Shape, Shape>{{300, 60}, {500, 3}}, {{100, 30, 40}, {30}}, {{1, 90, 100}, {800}}}) {
    const std::int64_t axis = x.size() == 2 ? 0 : 1;
    const std::vector<proof::Input> inputs{{x}, proof::indices(index, x[static_cast<std::size_t>(axis)], Type::s32)};
    const auto build = [axis](Graph&, const std::vector<Value>& v) { return gather(v[0], v[1], {.axis = axis}); };
    BOOST_TEST(proof::tiles_of(inputs, build) > 1U);
    const auto values = proof::detail::make_values(inputs, {});
    std::vector<double> cotangent;
    const auto one = proof::detail::run(inputs, values, build, cotangent, 1);
    const auto y = GatherReference{static_cast<std::size_t>(axis)}(values);
    proof::detail::compare("gather of several tiles", one.y, y.data, 0);
    for (const int threads : {2, 4, 8}) {
      const auto other = proof::detail::run(inputs, values, build, cotangent, threads);
      BOOST_CHECK(other.y == one.y && other.gradients == one.gradients);
    }
    double left = 0, right = 0, size = 0;
    for (std::size_t i = 0; i < y.data.size(); ++i) left += y.data[i] * cotangent[i];
    for (std::size_t i = 0; i < values[0].data.size(); ++i) {
      right += values[0].data[i] * one.gradients[0][i];
      size += std::abs(values[0].data[i] * one.gradients[0][i]);
    }
    BOOST_TEST(std::abs(left - right) <= 1e-5 * size);
  }
}

BOOST_AUTO_TEST_CASE(says_which_index_there_is_not) {
  Graph g;
  const Value x = g.input("x", {{4, 3}});
  g.output("y", gather(x, g.input("i", {{2}})));
  const auto run = [&](float first) { return outputs_of(g, {{"x", std::vector<float>(12, 1)}, {"i", {first, 0}}}); };
  CHECK_FAILS(run(4), "[gather] index 4 is no whole number in -4 … 3");
  CHECK_FAILS(run(-5), "[gather] index -5 is no whole number in -4 … 3");
  CHECK_FAILS(run(0.5F), "[gather] index 0.5 is no whole number in -4 … 3");
  CHECK_FAILS(run(std::nanf("")), "[gather] index nan is no whole number in -4 … 3");
  BOOST_CHECK_NO_THROW(run(-4));
  CHECK_FAILS(gather(x, g.input("b", {{2}, Type::u8})), "[gather] indices need to be f32 or s32, got [2] u8");
  CHECK_FAILS(gather(x, x, {.axis = 2}), "[gather] has no axis 2 in shape [4, 3]");
}

BOOST_AUTO_TEST_SUITE_END()
