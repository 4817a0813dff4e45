#include <backflow/ops/reduce_min.h>

#include <algorithm>

#include "tests/support/reduction.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(reduce_min_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_along_any_axes) {
  proof::prove_reduction("reduce_min", reduce_min, [](const auto& x) {
    return *std::max_element(x.begin(), x.end(),
                             [](const auto& a, const auto& b) { return proof::real(a) > proof::real(b); });
  });
}

BOOST_AUTO_TEST_CASE(shares_the_gradient_evenly_and_keeps_nan_and_infinities) {
  using proof::kInf, proof::kNan;
  const proof::Builder whole = [](Graph&, const std::vector<Value>& v) { return reduce_min(v[0], {.axes = {0}}); };
  proof::check_values("reduce_min", {proof::row({7, 5, 5, 8})}, whole, {5}, {{0, 0.5, 0.5, 0}});
  proof::check_values("reduce_min of infinities", {proof::row({kInf, kInf})}, whole, {kInf}, {{0.5, 0.5}});
  proof::check_values("reduce_min of NaN", {proof::row({1, kNan, 2})}, whole, {kNan}, {{kNan, kNan, kNan}});
  std::vector<double> many(50, 1);
  many[37] = kNan;
  proof::check_values("reduce_min of many", {proof::row(many)}, whole, {kNan});
}

BOOST_AUTO_TEST_CASE(says_which_axes_there_are) { proof::check_reduction_errors("reduce_min", reduce_min); }

BOOST_AUTO_TEST_SUITE_END()
