#include <backflow/ops/hardmax.h>

#include <algorithm>

#include "tests/support/lines.h"
#include "tests/support/special_values.h"

using namespace backflow;

namespace {

struct HardLine {
  template <class T>
  std::vector<T> operator()(const std::vector<T>& line) const {
    const auto largest = std::max_element(line.begin(), line.end(),
                                          [](const T& a, const T& b) { return proof::real(a) < proof::real(b); });
    std::vector<T> y(line.size());
    y[static_cast<std::size_t>(largest - line.begin())] = 1;
    return y;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(hardmax_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_and_has_gradient_zero) {
  proof::prove_lines(
      "hardmax", [](Value x, int axis) { return hardmax(x, {.axis = axis}); }, HardLine{});
}

BOOST_AUTO_TEST_CASE(marks_the_first_of_equal_elements) {
  proof::check_values("hardmax", {proof::row({1, 5, 2, 5})}, [](Graph&, const auto& v) { return hardmax(v[0]); },
                      {0, 1, 0, 0}, {{0, 0, 0, 0}});
}

BOOST_AUTO_TEST_CASE(says_which_axes_there_are) {
  Graph g;
  CHECK_FAILS(hardmax(g.input("x", {{3, 4}}), {.axis = 2}), "[hardmax] has no axis 2 in shape [3, 4]");
}

BOOST_AUTO_TEST_SUITE_END()
