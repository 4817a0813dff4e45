#include <backflow/ops/matmul.h>

#include "tests/support/proof.h"

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

BOOST_AUTO_TEST_CASE(says_which_lengths_differ) {
  Graph g;
  const Value a = g.input("a", {{4, 3}}), b = g.input("b", {{4, 5}});
  CHECK_FAILS(matmul(a, b), "left matrix has shape [4, 3], right matrix [4, 5]: the sums' lengths differ");
  CHECK_FAILS(matmul(a, b, {.transpose_b = true}), "right matrix (transposed) [4, 5]");
  CHECK_FAILS(matmul(a, g.input("c", {{3}})), "needs two matrices of f32, got [4, 3] and [3]");
}

BOOST_AUTO_TEST_SUITE_END()
