#include <backflow/ops/gather_elements.h>

#include "tests/support/indices.h"
#include "tests/support/run.h"
#include "tests/support/tiles.h"

using namespace backflow;
using proof::Array;

namespace {

struct GatherElementsReference {
  std::size_t axis;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const Array<T>&x = in[0], &index = in[1];
    Array<T> y(index.shape);
    proof::each_index(y.shape, [&](const Shape& at) {
      Shape from = at;
      from[axis] = proof::index_at(index, at, x.shape[axis]);
      y.data[proof::place_in(y.shape, at)] = x.data[proof::place_in(x.shape, from)];
    });
    return y;
  }
};

void prove_gather_elements(const Shape& x, std::int64_t axis, const Shape& index, Type type,
                           bool differentiate = true) {
  const auto at = static_cast<std::size_t>(axis);
  proof::prove(str_cat("gather_elements ", to_string(x), " by ", to_string(index), " along ", axis),
               {{x, false, differentiate}, proof::indices(index, x[at], type)},
               [&](Graph&, const auto& v) { return gather_elements(v[0], v[1], {.axis = axis}); },
               GatherElementsReference{at},
               {.reduction = 4, .linear_in = differentiate ? std::vector<std::size_t>{0} : std::vector<std::size_t>{}});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gather_elements_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (const Type type : {Type::f32, Type::s32}) {
    prove_gather_elements({1}, 0, {1}, type);
    prove_gather_elements({5}, 0, {9}, type);
    prove_gather_elements({5, 3}, 0, {2, 3}, type);
    prove_gather_elements({5, 3}, 0, {7, 2}, type);
    prove_gather_elements({5, 3}, 1, {5, 4}, type);
    prove_gather_elements({5, 3}, 1, {4, 1}, type);
    for (const std::int64_t axis : {0, 1, 2, 3}) prove_gather_elements({3, 2, 4, 3}, axis, {3, 2, 2, 3}, type);
    prove_gather_elements({2, 1, 3, 2, 1, 2}, 2, {1, 1, 4, 2, 1, 2}, type);
  }
}

BOOST_AUTO_TEST_CASE(has_the_same_bits_when_it_is_cut_into_tiles) {
  const auto several = [](const Shape& x, std::int64_t axis, const Shape& index, Type type) {
    const auto build = [axis](Graph&, const auto& v) { return gather_elements(v[0], v[1], {.axis = axis}); };
    BOOST_TEST(proof::tiles_of({{x}, proof::indices(index, x[0], type)}, build) > 1U);
    prove_gather_elements(x, axis, index, type, false);
  };
  several({200, 400}, 1, {200, 350}, Type::s32);
  several({220, 400}, 1, {200, 350}, Type::s32);
  several({200, 110}, 0, {700, 100}, Type::f32);
}

BOOST_AUTO_TEST_CASE(says_what_does_not_fit) {
  Graph g;
  const Value x = g.input("x", {{4, 3}});
  CHECK_FAILS(gather_elements(x, g.input("a", {{4}})),
              "[gather_elements] indices of shape [4] do not fit into [4, 3] along axis 0");
  CHECK_FAILS(gather_elements(x, g.input("b", {{4, 4}})),
              "indices of shape [4, 4] do not fit into [4, 3] along axis 0");
  CHECK_FAILS(gather_elements(x, x, {.axis = -3}), "has no axis -3");
  g.output("y", gather_elements(x, g.input("i", {{1, 1}}), {.axis = -1}));
  const auto run = [&](float i) { return outputs_of(g, {{"x", std::vector<float>(12, 1)}, {"i", {i}}}); };
  CHECK_FAILS(run(3), "[gather_elements] index 3 is no whole number in -3 … 2");
}

BOOST_AUTO_TEST_SUITE_END()
