#include <backflow/ops/reduce_mean.h>

#include <numeric>

#include "tests/support/reduction.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(reduce_mean_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_along_any_axes) {
  proof::prove_reduction("reduce_mean", reduce_mean, [](const auto& x) {
    return std::accumulate(x.begin(), x.end(), 0.0 * x[0]) / static_cast<double>(x.size());
  });
}

BOOST_AUTO_TEST_CASE(says_which_axes_there_are) { proof::check_reduction_errors("reduce_mean", reduce_mean, {1}); }

BOOST_AUTO_TEST_SUITE_END()
