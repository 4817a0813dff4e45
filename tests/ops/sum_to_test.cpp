#include <backflow/ops/sum_to.h>

#include "tests/support/broadcast.h"

using namespace backflow;
using proof::Array;

namespace {

struct SumToReference {
  Shape shape;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> y(shape);
    for (std::size_t i = 0; i < in[0].data.size(); ++i) {
      const auto& target = proof::repeated(y, in[0].shape, static_cast<std::int64_t>(i));
      y.data[static_cast<std::size_t>(&target - y.data.data())] += in[0].data[i];
    }
    return y;
  }
};

void prove_sum_to(const Shape& from, const Shape& to, bool differentiate = true) {
  proof::prove(str_cat("sum_to ", to_string(from), " → ", to_string(to)), {{from, false, differentiate}},
               [&](Graph&, const auto& v) { return sum_to(v[0], to); }, SumToReference{to},
               {.reduction = elements(from) / elements(to),
                .linear_in = differentiate ? std::vector<std::size_t>{0} : std::vector<std::size_t>{}});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sum_to_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  const Shape matrix{3, 5}, image{2, 3, 4, 5};
  for (const Shape& to : {Shape{5}, Shape{1, 5}, Shape{3, 1}, Shape{1}, Shape{1, 1}}) prove_sum_to(matrix, to);
  for (const Shape& to : {Shape{1, 3, 1, 1}, Shape{3, 1, 1}, Shape{2, 1, 1, 1}, Shape{5}, Shape{2, 3, 1, 1}, Shape{1}})
    prove_sum_to(image, to);
  prove_sum_to({1}, {1});
  prove_sum_to({1, 4}, {4});
  for (const Shape& from : {matrix, image, Shape{1}}) prove_sum_to(from, {});
}

BOOST_AUTO_TEST_CASE(has_the_same_bits_for_any_number_of_threads_when_it_is_cut) {
  for (const Shape& to : {Shape{401}, Shape{600, 1}, Shape{1}}) prove_sum_to({600, 401}, to, false);
}

BOOST_AUTO_TEST_CASE(adds_no_node_when_there_is_nothing_to_sum) {
  Graph g;
  const Value x = g.input("x", {{3, 5}});
  BOOST_TEST((sum_to(x, {3, 5}) == x));
}

BOOST_AUTO_TEST_CASE(says_which_shapes_do_not_fit) {
  Graph g;
  const Value x = g.input("x", {{4, 3}});
  CHECK_FAILS(sum_to(x, {4}), "[sum_to] shapes [4, 3] and [4] do not fit");
  CHECK_FAILS(sum_to(x, {2, 4, 3}), "[sum_to] shape [4, 3] cannot be summed to [2, 4, 3]");
  CHECK_FAILS(sum_to(g.input("row", {{1, 3}}), {4, 3}), "[sum_to] shape [1, 3] cannot be summed to [4, 3]");
}

BOOST_AUTO_TEST_SUITE_END()
