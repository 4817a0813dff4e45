#include <backflow/ops/log_sum_exp.h>

#include "tests/support/reduction.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(log_sum_exp_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_along_any_axes) {
  proof::prove_reduction("log_sum_exp", log_sum_exp, [](const auto& x) {
    auto total = 0.0 * x[0];
    for (const auto& v : x) total += std::exp(v);
    return std::log(total);
  });
}

BOOST_AUTO_TEST_CASE(neither_overflows_nor_loses_infinities_and_nan) {
  using proof::kInf, proof::kNan;
  const proof::Builder whole = [](Graph&, const std::vector<Value>& v) { return log_sum_exp(v[0], {.axes = {0}}); };
  // The gradients are as exact as y is.
  const double log_2 = std::log(2.0), half = std::exp(1000 - static_cast<double>(static_cast<float>(1000 + log_2))),
               half_below = std::exp(-1000 - static_cast<double>(static_cast<float>(-1000 + log_2)));
  proof::check_values("log_sum_exp of large", {proof::row({1000, 1000})}, whole, {1000 + log_2}, {{half, half}});
  proof::check_values("log_sum_exp of small", {proof::row({-1000, -1000})}, whole, {-1000 + log_2},
                      {{half_below, half_below}});
  proof::check_values("log_sum_exp of −∞", {proof::row({-kInf, 3, -kInf, 3})}, whole, {3 + log_2}, {{0, 0.5, 0, 0.5}});
  proof::check_values("log_sum_exp of −∞ alone", {proof::row({-kInf, -kInf})}, whole, {-kInf}, {{kNan, kNan}});
  proof::check_values("log_sum_exp of ∞", {proof::row({kInf, 3, -kInf})}, whole, {kInf}, {{kNan, 0, 0}});
  proof::check_values("log_sum_exp of NaN", {proof::row({1, kNan})}, whole, {kNan}, {{kNan, kNan}});
}

BOOST_AUTO_TEST_CASE(says_which_axes_there_are) { proof::check_reduction_errors("log_sum_exp", log_sum_exp); }

BOOST_AUTO_TEST_SUITE_END()
