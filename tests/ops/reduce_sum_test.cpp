#include <backflow/ops/reduce_sum.h>

#include <numeric>

#include "tests/support/reduction.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(reduce_sum_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_along_any_axes) {
  proof::prove_reduction("reduce_sum", reduce_sum,
                         [](const auto& x) { return std::accumulate(x.begin(), x.end(), 0.0 * x[0]); });
}

BOOST_AUTO_TEST_CASE(is_linear) {
  proof::prove("reduce_sum", {{{3, 4, 2, 5}}},
               [](Graph&, const auto& v) {
                 return reduce_sum(v[0], {.axes = {1, -1}});
               },
               proof::ReductionReference{
                   {1, -1}, false, [](const auto& x) { return std::accumulate(x.begin(), x.end(), 0.0 * x[0]); }},
               {.reduction = 20, .linear_in = {0}});
}

BOOST_AUTO_TEST_CASE(says_which_axes_there_are) { proof::check_reduction_errors("reduce_sum", reduce_sum); }

BOOST_AUTO_TEST_SUITE_END()
