#include <backflow/ops/index_select.h>

#include <cmath>
#include <limits>

#include "tests/support/each_index.h"
#include "tests/support/proof.h"
#include "tests/support/run.h"

using namespace backflow;
using proof::Array;

namespace {

struct IndexSelectReference {
  IndexSelectOptions o;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const auto axis = static_cast<std::size_t>(o.axis);
    Shape shape = in[0].shape;
    shape[axis] = static_cast<std::int64_t>(o.indices.size());
    Array<T> y(shape);
    proof::each_index(shape, [&](const Shape& index) {
      Shape from = index;
      from[axis] = o.indices[static_cast<std::size_t>(index[axis])];
      T& to = y.data[proof::place_in(shape, index)];
      if (from[axis] < 0)
        to = static_cast<double>(o.fill);
      else
        to = in[0].data[proof::place_in(in[0].shape, from)];
    });
    return y;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(index_select_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  struct Case {
    Shape x;
    IndexSelectOptions o;
  };
  for (const Case& c : {Case{{4}, {.indices = {3, 2, 1, 0}}},                                      // reversed
                        {{3, 7}, {.axis = 1, .indices = {1, 3, 5}}},                               // with a step
                        {{3, 4}, {.axis = 1, .indices = {2, 1, 0, 1, 2, 3, 2}}},                   // mirrored
                        {{2, 3, 2}, {.axis = 1, .indices = {0, 1, 2, 0, 1, 2}}},                   // tiled
                        {{2, 3, 4, 5}, {.axis = 2, .indices = {-1, 0, 1, -1, 3, -1}, .fill = 2}},  // a border
                        {{1, 3, 4, 5}, {.axis = 3, .indices = {-1, -1}, .fill = -1}}})             // nothing else
    proof::prove(
        str_cat("index_select ", to_string(c.x)), {{c.x}},
        [&](Graph&, const auto& v) { return index_select(v[0], c.o); }, IndexSelectReference{c.o});
}

BOOST_AUTO_TEST_CASE(keeps_every_bit) {
  Graph g;
  g.output("y", index_select(g.input("x", {{4}}), {.axis = -1, .indices = {0, 1, 2, 3, -1}, .fill = -0.0F}));
  const float infinity = std::numeric_limits<float>::infinity();
  const auto y = outputs_of(g, {{"x", {-0.0F, infinity, -infinity, std::nanf("")}}}).at("y");
  BOOST_TEST(std::signbit(y[0]));
  BOOST_TEST(y[1] == infinity);
  BOOST_TEST(y[2] == -infinity);
  BOOST_TEST(std::isnan(y[3]));
  BOOST_TEST((y[4] == 0 && std::signbit(y[4])));
}

BOOST_AUTO_TEST_CASE(says_which_index_there_is_not) {
  Graph g;
  const Value x = g.input("x", {{4, 6}});
  CHECK_FAILS(index_select(x, {.axis = 1, .indices = {6}}), "[index_select] index 6 is not in −1 … 5");
  CHECK_FAILS(index_select(x, {.axis = 1, .indices = {-2}}), "index -2 is not in −1 … 5");
  CHECK_FAILS(index_select(x, {.axis = 2, .indices = {0}}), "has no axis 2 in shape [4, 6]");
  CHECK_FAILS(index_select(x, {.axis = 1}), "needs at least one index");
}

BOOST_AUTO_TEST_SUITE_END()
