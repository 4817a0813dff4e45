#include <backflow/ops/cumulative_sum.h>

#include <algorithm>

#include "tests/support/lines.h"

using namespace backflow;

namespace {

struct CumulativeLine {
  bool exclusive, reverse;

  template <class T>
  std::vector<T> operator()(std::vector<T> line) const {
    if (reverse) std::reverse(line.begin(), line.end());
    T total = 0;
    for (T& x : line) {
      const T before = total;
      total += x;
      x = exclusive ? before : total;
    }
    if (reverse) std::reverse(line.begin(), line.end());
    return line;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(cumulative_sum_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (const bool exclusive : {false, true})
    for (const bool reverse : {false, true})
      proof::prove_lines(
          str_cat("cumulative_sum ", exclusive, reverse),
          [&](Value x, int axis) {
            return cumulative_sum(x, {.axis = axis, .exclusive = exclusive, .reverse = reverse});
          },
          CumulativeLine{exclusive, reverse});
}

BOOST_AUTO_TEST_CASE(is_linear) {
  proof::prove("cumulative_sum", {{{3, 4}}}, [](Graph&, const auto& v) { return cumulative_sum(v[0], {.axis = 0}); },
               proof::LinesReference{0, CumulativeLine{false, false}}, {.reduction = 3, .linear_in = {0}});
}

BOOST_AUTO_TEST_CASE(says_which_axes_there_are) {
  Graph g;
  CHECK_FAILS(cumulative_sum(g.input("x", {{3, 4}}), {.axis = -3}), "[cumulative_sum] has no axis -3 in shape [3, 4]");
}

BOOST_AUTO_TEST_SUITE_END()
