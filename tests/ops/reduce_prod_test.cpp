#include <backflow/ops/reduce_prod.h>

#include <functional>
#include <numeric>

#include "tests/support/reduction.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(reduce_prod_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_along_any_axes) {
  proof::prove_reduction(
      "reduce_prod", reduce_prod,
      [](const auto& x) { return std::accumulate(x.begin(), x.end(), 0.0 * x[0] + 1.0, std::multiplies<>()); },
      {{}, false, true, 1, 0.1});
}

BOOST_AUTO_TEST_CASE(has_the_right_gradient_beside_zeros) {
  using proof::kNan;
  const proof::Builder rows = [](Graph&, const std::vector<Value>& v) { return reduce_prod(v[0], {.axes = {1}}); };
  proof::Input x{{4, 3}};
  x.values = {2, 3, 4, 2, 0, 4, 0, 5, 0, 0, kNan, 2};
  proof::check_values("reduce_prod", {x}, rows, {24, 0, 0, kNan}, {{12, 8, 6, 0, 8, 0, 0, 0, 0, kNan, kNan, kNan}});
}

BOOST_AUTO_TEST_CASE(says_which_axes_there_are) { proof::check_reduction_errors("reduce_prod", reduce_prod); }

BOOST_AUTO_TEST_SUITE_END()
