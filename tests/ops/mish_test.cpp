#include <backflow/ops/mish.h>

#include <backflow/runtime/flow/flow.h>
#include "tests/support/activation.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(mish_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  proof::prove_activation(
      "mish", [](Value x) { return mish(x); },
      [](auto x) {  // the tangent without its logarithm
        const auto e = std::exp(x), n = e * (e + 2.0);
        return x * n / (n + 2.0);
      });
}

BOOST_AUTO_TEST_CASE(keeps_its_digits_far_below_zero) {
  Graph g;
  g.output("y", mish(g.constant("x", {{2}}, from_values({-10, -40}))));
  Store store;
  Workers workers(1);
  Flow flow(g, store, workers);
  flow.run();
  for (std::size_t i = 0; const double x : {-10.0, -40.0})
    BOOST_CHECK_CLOSE(flow.output("y")[i++], x * std::tanh(std::log1p(std::exp(x))), 1e-4);
}

BOOST_AUTO_TEST_SUITE_END()
