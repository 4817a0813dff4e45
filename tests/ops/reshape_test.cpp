#include <backflow/ops/reshape.h>

#include <backflow/ops/max_pool2d.h>
#include "tests/support/narrow.h"
#include "tests/support/preconditions.h"
#include "tests/support/proof.h"

using namespace backflow;
using proof::Array;

namespace {

struct ReshapeReference {
  Shape to;

  template <class T>
  Array<T> operator()(const std::vector<Array<T>>& in) const {
    Array<T> y = in[0];
    y.shape = to;
    return y;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(reshape_)

BOOST_AUTO_TEST_CASE(keeps_row_major_order_forward_and_in_its_gradient) {
  const std::pair<Shape, Shape> cases[] = {{{1, 1}, {1, 1, 1, 1}},
                                           {{2, 3, 4, 5}, {2, 60}},
                                           {{2, 60}, {2, 3, 4, 5}},
                                           {{2, 3, 4, 5}, {5, 4, 3, 2}},
                                           {{6, 4}, {3, 8}},
                                           {{2, 3, 4, 5}, {120}},
                                           {{40, 16, 7, 7}, {40, 784}},
                                           {{1, 1}, {}},
                                           {{}, {1, 1, 1}},
                                           {{}, {}}};
  for (const auto& [from, to] : cases)
    if (elements(from) < 1000)
      proof::prove(str_cat("reshape ", to_string(from), " to ", to_string(to)), {{from}},
                   [&](Graph&, const auto& v) { return reshape(v[0], to); }, ReshapeReference{to}, {.linear_in = {0}});
    else
      proof::prove(
          str_cat("reshape of several tiles ", to_string(from)), {{from, false, false}},
          [&](Graph&, const auto& v) { return reshape(v[0], to); }, ReshapeReference{to});
}

BOOST_AUTO_TEST_CASE(says_how_many_elements_are_missing) {
  Graph g;
  CHECK_FAILS(reshape(g.input("x", {{2, 3}}), {7}), "[2, 3] has 6 elements, [7] needs 7");
}

BOOST_AUTO_TEST_CASE(computes_with_bf16, *needs_bf16()) {
  narrowness::prove("reshape", {{2, 20, 3, 3}}, [](Graph&, const auto& v) { return flatten(v[0]); });
}

BOOST_AUTO_TEST_SUITE_END()
