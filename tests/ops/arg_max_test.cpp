#include <backflow/ops/arg_max.h>

#include <algorithm>

#include <backflow/ops/broadcast_to.h>
#include <backflow/ops/concat.h>
#include "tests/support/lines.h"
#include "tests/support/special_values.h"

using namespace backflow;

namespace {

/// Each element of a line is where the line's largest element is (the smallest for sign −1).
struct IndexLine {
  double sign;

  template <class T>
  std::vector<T> operator()(const std::vector<T>& line) const {
    const auto best = std::max_element(line.begin(), line.end(), [&](const T& a, const T& b) {
      return sign * proof::real(a) < sign * proof::real(b);
    });
    return std::vector<T>(line.size(), static_cast<double>(best - line.begin()));
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(arg_max_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_and_has_gradient_zero) {
  proof::prove_lines(
      "arg_max", [](Value x, int axis) { return broadcast_to(arg_max(x, {.axis = axis, .keep = true}), x.shape()); },
      IndexLine{1});
  proof::prove_lines(
      "arg_min", [](Value x, int axis) { return broadcast_to(arg_min(x, {.axis = axis, .keep = true}), x.shape()); },
      IndexLine{-1});
}

BOOST_AUTO_TEST_CASE(takes_the_first_or_the_last_of_equal_elements_and_nan_before_all) {
  using proof::kInf, proof::kNan;
  const auto check = [](const std::vector<double>& x, const std::vector<double>& expected) {
    const proof::Builder all = [](Graph&, const std::vector<Value>& v) {
      return concat({arg_max(v[0], {.keep = true}), arg_max(v[0], {.keep = true, .last = true}),
                     arg_min(v[0], {.keep = true}), arg_min(v[0], {.keep = true, .last = true})},
                    {.axis = 0});
    };
    proof::check_values("arg_max, arg_min", {proof::row(x)}, all, expected, {std::vector<double>(x.size())});
  };
  check({1, 5, 2, 5, 1}, {1, 3, 0, 4});
  check({3, 3}, {0, 1, 0, 1});
  check({0, -0.0}, {0, 1, 0, 1});
  check({1, kNan, kInf, kNan, -kInf}, {1, 3, 1, 3});
  check({-kInf, -kInf, 0, kInf}, {3, 3, 0, 1});
}

BOOST_AUTO_TEST_CASE(the_axis_goes_or_stays) {
  Graph g;
  const Value x = g.input("x", {{3, 4, 5}});
  BOOST_CHECK((arg_max(x, {.axis = 1}).shape() == Shape{3, 5}));
  BOOST_CHECK((arg_min(x, {.axis = 1, .keep = true}).shape() == Shape{3, 1, 5}));
  BOOST_CHECK((arg_max(g.input("line", {{7}})).shape() == Shape{}));
  CHECK_FAILS(arg_max(x, {.axis = 3}), "[arg_max] has no axis 3 in shape [3, 4, 5]");
  CHECK_FAILS(arg_min(g.input("t", {{4}, Type::s32})), "[arg_min] needs an f32 value, got [4] s32");
}

BOOST_AUTO_TEST_SUITE_END()
