#include <backflow/ops/scatter_elements.h>

#include "tests/support/indices.h"
#include "tests/support/run.h"

using namespace backflow;
using proof::Array;

namespace {

struct ScatterElementsReference {
  std::size_t axis;
  ScatterReduction reduction;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> y = in[0];
    const Array<T>&index = in[1], &updates = in[2];
    proof::each_index(index.shape, [&](const Shape& at) {
      Shape to = at;
      to[axis] = proof::index_at(index, at, y.shape[axis]);
      T& element = y.data[proof::place_in(y.shape, to)];
      const T& update = updates.data[proof::place_in(index.shape, at)];
      switch (reduction) {
        case ScatterReduction::add:
          element += update;
          break;
        case ScatterReduction::multiply:
          element *= update;
          break;
        case ScatterReduction::maximum:
          if (proof::real(update) > proof::real(element)) element = update;
          break;
        case ScatterReduction::minimum:
          if (proof::real(update) < proof::real(element)) element = update;
          break;
        case ScatterReduction::none:
          element = update;
      }
    });
    return y;
  }
};

void prove_scatter_elements(const Shape& x, std::int64_t axis, const Shape& index, ScatterReduction reduction,
                            Type type) {
  const auto at = static_cast<std::size_t>(axis);
  proof::prove(
      str_cat("scatter_elements ", name_of(reduction), ' ', to_string(x), " by ", to_string(index), " along ", axis),
      {{x}, proof::indices(index, x[at], type), {index}},
      [&](Graph&, const auto& v) { return scatter_elements(v[0], v[1], v[2], {.axis = axis, .reduction = reduction}); },
      ScatterElementsReference{at, reduction}, {.reduction = 4});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scatter_elements_)

BOOST_AUTO_TEST_CASE(combines_as_the_reference_does) {
  using enum ScatterReduction;
  for (const Type type : {Type::f32, Type::s32})
    for (const ScatterReduction reduction : {add, multiply, maximum, minimum}) {
      prove_scatter_elements({1}, 0, {1}, reduction, type);
      prove_scatter_elements({5}, 0, {9}, reduction, type);
      prove_scatter_elements({5, 3}, 0, {7, 2}, reduction, type);
      for (const std::int64_t axis : {0, 1, 2}) prove_scatter_elements({3, 4, 5}, axis, {3, 4, 2}, reduction, type);
    }
}

BOOST_AUTO_TEST_CASE(a_product_with_zeros_has_its_gradient) {  // one zero, two of them, and one among the elements
  const std::vector<double> x{2, 0, 3, 0}, updates{0, 5, 0, 0, 7};
  proof::prove(
      "scatter_elements with zeros",
      {{{4}, false, true, 0, 1, x},
       {{5}, false, false, 0, 1, {0, 1, 2, 2, 3}, Type::s32},
       {{5}, false, true, 0, 1, updates}},
      [&](Graph&, const auto& v) {
        return scatter_elements(v[0], v[1], v[2], {.reduction = ScatterReduction::multiply});
      },
      ScatterElementsReference{0, ScatterReduction::multiply});
}

BOOST_AUTO_TEST_CASE(equal_largest_ones_share_the_gradient) {
  Graph g;
  const Value x = g.input("x", {{2}}), i = g.input("i", {{3}}), u = g.input("u", {{3}});
  const Value y = scatter_elements(x, i, u, {.reduction = ScatterReduction::maximum});
  const auto dx = gradient({y}, {x, u});
  g.output("dx", dx[0]);
  g.output("du", dx[1]);
  const auto y_of = outputs_of(g, {{"x", {4, 1}}, {"i", {0, 0, 1}}, {"u", {4, 3, 2}}});
  BOOST_CHECK((y_of.at("dx") == std::vector<float>{0.5F, 0}));
  BOOST_CHECK((y_of.at("du") == std::vector<float>{0.5F, 0, 1}));
}

BOOST_AUTO_TEST_CASE(replaces_as_the_reference_does) {  // each place at most once, where gradients are wanted
  for (const Type type : {Type::f32, Type::s32}) {
    prove_scatter_elements({1}, 0, {1}, ScatterReduction::none, type);
    prove_scatter_elements({5}, 0, {2}, ScatterReduction::none, type);
    prove_scatter_elements({6, 4}, 1, {6, 1}, ScatterReduction::none, type);
    prove_scatter_elements({3, 4, 5}, 1, {3, 1, 2}, ScatterReduction::none, type);
  }
}

BOOST_AUTO_TEST_CASE(of_several_updates_of_one_place_the_last_counts) {
  Graph g;
  const Value x = g.input("x", {{3}}), i = g.input("i", {{3}}), u = g.input("u", {{3}});
  g.output("replaced", scatter_elements(x, i, u));
  g.output("added", scatter_elements(x, i, u, {.reduction = ScatterReduction::add}));
  const auto y = outputs_of(g, {{"x", {1, 2, 3}}, {"i", {2, -1, 0}}, {"u", {10, 20, 30}}});
  BOOST_CHECK((y.at("replaced") == std::vector<float>{30, 2, 20}));
  BOOST_CHECK((y.at("added") == std::vector<float>{31, 2, 33}));
}

BOOST_AUTO_TEST_CASE(says_what_does_not_fit) {
  Graph g;
  const Value x = g.input("x", {{4, 3}}), i = g.input("i", {{2, 2}});
  CHECK_FAILS(scatter_elements(x, i, x), "[scatter_elements] updates need shape [2, 2] f32, got [4, 3]");
  CHECK_FAILS(scatter_elements(i, x, x), "indices of shape [4, 3] do not fit into [2, 2] along axis 0");
  g.output("y", scatter_elements(x, i, i));
  CHECK_FAILS(outputs_of(g, {{"x", std::vector<float>(12, 1)}, {"i", {0, 1, 9, 0}}}),
              "[scatter_elements] index 9 is no whole number in -4 … 3");
}

BOOST_AUTO_TEST_SUITE_END()
