#include <backflow/ops/broadcast_to.h>

#include "tests/support/broadcast.h"

using namespace backflow;
using proof::Array;

namespace {

struct BroadcastToReference {
  Shape shape;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> y(shape);
    for (std::size_t i = 0; i < y.data.size(); ++i)
      y.data[i] = proof::repeated(in[0], shape, static_cast<std::int64_t>(i));
    return y;
  }
};

void prove_broadcast_to(const Shape& from, const Shape& to, bool differentiate = true) {
  proof::prove(str_cat("broadcast_to ", to_string(from), " → ", to_string(to)), {{from, false, differentiate}},
               [&](Graph&, const auto& v) { return broadcast_to(v[0], to); }, BroadcastToReference{to},
               {.reduction = elements(to) / elements(from)});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(broadcast_to_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (const Shape& from : {Shape{5}, Shape{1, 5}, Shape{3, 1}, Shape{1}, Shape{}, Shape{3, 5}})
    prove_broadcast_to(from, {3, 5});
  for (const Shape& from : {Shape{1, 3, 1, 1}, Shape{3, 1, 1}, Shape{2, 1, 4, 1}, Shape{1}})
    prove_broadcast_to(from, {2, 3, 4, 5});
}

BOOST_AUTO_TEST_CASE(has_the_same_bits_for_any_number_of_threads_when_it_is_cut) {
  for (const Shape& from : {Shape{401}, Shape{600, 1}, Shape{1}}) prove_broadcast_to(from, {600, 401}, false);
}

BOOST_AUTO_TEST_CASE(says_which_shapes_do_not_fit) {
  Graph g;
  const Value x = g.input("x", {{4, 3}});
  CHECK_FAILS(broadcast_to(x, {4}), "[broadcast_to] shapes [4, 3] and [4] do not fit");
  CHECK_FAILS(broadcast_to(x, {1, 3}), "[broadcast_to] shape [4, 3] cannot be repeated to [1, 3]");
}

BOOST_AUTO_TEST_SUITE_END()
