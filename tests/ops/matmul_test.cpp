#include <backflow/ops/matmul.h>

#include "tests/support/each_index.h"
#include "tests/support/proof.h"
#include "tests/support/run.h"
#include "tests/support/tiles.h"

using namespace backflow;
using proof::Array;

namespace {

struct MatmulReference {
  bool a, b;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    const Shape &left = in[0].shape, &right = in[1].shape;
    Array<T> y({left[a ? 1 : 0], right[b ? 0 : 1]});
    for (std::int64_t i = 0; i < y.shape[0]; ++i)
      for (std::int64_t j = 0; j < y.shape[1]; ++j)
        for (std::int64_t k = 0; k < left[a ? 0 : 1]; ++k)
          y(i, j) += (a ? in[0](k, i) : in[0](i, k)) * (b ? in[1](j, k) : in[1](k, j));
    return y;
  }
};

/// Of any number of axes, by NumPy's rule.
struct StackedReference {
  bool a, b;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> x = in[0], z = in[1];
    const bool row = x.shape.size() == 1, column = z.shape.size() == 1;
    if (row) x.shape.insert(x.shape.begin(), 1);
    if (column) z.shape.push_back(1);
    const std::size_t axes = std::max(x.shape.size(), z.shape.size());
    for (Array<T>* v : {&x, &z}) v->shape.insert(v->shape.begin(), axes - v->shape.size(), 1);
    const std::int64_t k = x.shape[axes - (a ? 2 : 1)];
    Shape shape(axes);
    for (std::size_t i = 0; i + 2 < axes; ++i) shape[i] = std::max(x.shape[i], z.shape[i]);
    shape[axes - 2] = x.shape[axes - (a ? 1 : 2)];
    shape[axes - 1] = z.shape[axes - (b ? 2 : 1)];
    Array<T> y(shape);
    proof::each_index(shape, [&](const Shape& at) {
      for (std::int64_t i = 0; i < k; ++i)
        y.data[proof::place_in(shape, at)] += element(x, at, at[axes - 2], i, a) * element(z, at, i, at[axes - 1], b);
    });
    if (row) y.shape.erase(y.shape.end() - 2);
    if (column) y.shape.pop_back();
    return y;
  }

 private:
  template <class T>
  static const T& element(const Array<T>& x, Shape at, std::int64_t row, std::int64_t column, bool transposed) {
    const std::size_t axes = at.size();
    for (std::size_t i = 0; i + 2 < axes; ++i)
      if (x.shape[i] == 1) at[i] = 0;
    at[axes - 2] = transposed ? column : row;
    at[axes - 1] = transposed ? row : column;
    return x.data[proof::place_in(x.shape, at)];
  }
};

void prove_stacked(const Shape& a, const Shape& b, bool transpose_a = false, bool transpose_b = false,
                   bool differentiate = true) {
  proof::prove(str_cat("matmul ", to_string(a), transpose_a ? "ᵀ " : " ", to_string(b), transpose_b ? "ᵀ" : ""),
               {{a, false, differentiate}, {b, false, differentiate}},
               [&](Graph&, const auto& v) {
                 return matmul(v[0], v[1], {.transpose_a = transpose_a, .transpose_b = transpose_b});
               },
               StackedReference{transpose_a, transpose_b},
               {.reduction = std::max(elements(a), elements(b)),
                .linear_in = differentiate ? std::vector<std::size_t>{0, 1} : std::vector<std::size_t>{}});
}

Shape swapped(std::int64_t rows, std::int64_t columns, bool transposed) {
  return transposed ? Shape{columns, rows} : Shape{rows, columns};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(matmul_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_transposed_or_not) {
  struct Sizes {
    std::int64_t m, k, n;
  };
  for (auto [m, k, n] : {Sizes{1, 1, 1}, {5, 3, 7}, {33, 17, 2}, {70, 4, 9}})
    for (bool a : {false, true})
      for (bool b : {false, true})
        proof::prove(str_cat("matmul ", m, "×", k, "×", n), {{swapped(m, k, a)}, {swapped(k, n, b)}},
                     [&](Graph&, const auto& v) { return matmul(v[0], v[1], {.transpose_a = a, .transpose_b = b}); },
                     MatmulReference{a, b}, {.reduction = std::max({m, k, n}), .linear_in = {0, 1}});
}

BOOST_AUTO_TEST_CASE(of_stacks_repeats_what_is_missing) {
  for (const auto& [a, b] : {std::pair<Shape, Shape>{{2, 3, 4}, {2, 4, 5}},
                             {{3, 4}, {2, 4, 5}},
                             {{2, 3, 4}, {4, 5}},
                             {{1, 3, 4}, {2, 4, 5}},
                             {{2, 3, 4}, {1, 4, 5}},
                             {{1, 3, 4}, {1, 1, 4, 5}},
                             {{1, 1, 3, 4}, {4, 1}},
                             {{2, 1, 3, 4}, {5, 4, 2}},
                             {{1, 2, 3, 4}, {3, 1, 4, 2}},
                             {{1, 3, 2, 4}, {1, 3, 4, 2}},
                             {{2, 1, 2, 1, 1, 3}, {1, 2, 2, 3, 2}}})
    prove_stacked(a, b);
}

BOOST_AUTO_TEST_CASE(of_stacks_transposes_the_last_two_axes) {
  for (const bool b : {false, true}) {
    for (const Shape& right : {Shape{2, 5, 4}, Shape{5, 4}, Shape{3, 1, 5, 4}}) {
      Shape t = right;
      if (!b) std::swap(t[t.size() - 1], t[t.size() - 2]);
      prove_stacked({2, 4, 3}, t, true, b);
      prove_stacked({2, 3, 4}, t, false, b);
    }
  }
}

BOOST_AUTO_TEST_CASE(of_a_vector_is_a_row_or_a_column_that_the_result_does_not_have) {
  prove_stacked({4}, {4});
  prove_stacked({4}, {4, 3});
  prove_stacked({3, 4}, {4});
  prove_stacked({4}, {2, 4, 3});
  prove_stacked({2, 3, 4}, {4});
  prove_stacked({2, 1, 3, 4}, {4});
  Graph g;
  const Value v = g.input("v", {{4}});
  BOOST_CHECK(matmul(v, v).shape().empty());
}

BOOST_AUTO_TEST_CASE(of_stacks_has_the_same_bits_when_it_is_cut_into_tiles) {
  for (const auto& [a, b] : {std::pair<Shape, Shape>{{600, 3, 4}, {600, 4, 3}},
                             {{1, 600, 3, 4}, {1, 600, 4, 3}},
                             {{2, 300, 3, 4}, {300, 4, 3}},
                             {{3, 4}, {600, 4, 3}}}) {
    BOOST_TEST(proof::tiles_of({{a}, {b}}, [](Graph&, const auto& v) { return matmul(v[0], v[1]); }) > 1U);
    prove_stacked(a, b, false, false, false);
  }
}

BOOST_AUTO_TEST_CASE(of_two_matrices_has_the_bits_of_a_stack_of_them) {  // and of what is one product though stacked
  std::mt19937 engine(7);
  std::normal_distribution<float> normal;
  std::vector<float> a(2 * 33 * 70), b(70 * 40);
  for (float& x : a) x = normal(engine);
  for (float& x : b) x = normal(engine);
  const auto run = [&](const Shape& left, const Shape& right) {
    Graph g;
    g.output("y", matmul(g.input("a", {left}), g.input("b", {right})));
    return outputs_of(g, {{"a", a}, {"b", b}}).at("y");
  };
  BOOST_CHECK(run({66, 70}, {70, 40}) == run({2, 33, 70}, {70, 40}));
  BOOST_CHECK(run({66, 70}, {70, 40}) == run({1, 2, 33, 70}, {1, 1, 70, 40}));
}

BOOST_AUTO_TEST_CASE(says_which_lengths_differ) {
  Graph g;
  const Value a = g.input("a", {{4, 3}}), b = g.input("b", {{4, 5}});
  CHECK_FAILS(matmul(a, b), "left matrix has shape [4, 3], right matrix [4, 5]: the sums' lengths differ");
  CHECK_FAILS(matmul(a, b, {.transpose_b = true}), "right matrix (transposed) [4, 5]");
  CHECK_FAILS(matmul(a, g.input("c", {{2}})),
              "left matrix has shape [4, 3], right matrix [2]: the sums' lengths differ");
  CHECK_FAILS(matmul(a, g.input("d", {{}})), "[matmul] needs two f32 values with axes, got [4, 3] and []");
  CHECK_FAILS(matmul(a, g.input("e", {{3}, Type::s32})), "needs two f32 values with axes, got [4, 3] and [3] s32");
  CHECK_FAILS(matmul(a, g.input("f", {{3}}), {.transpose_b = true}), "a vector cannot be transposed");
  const Value stack = g.input("g", {{2, 4, 3}});
  CHECK_FAILS(matmul(stack, g.input("h", {{3, 3, 5}})), "[matmul] shapes [2] and [3] do not fit");
}

BOOST_AUTO_TEST_SUITE_END()
