#include <backflow/ops/hard_sigmoid.h>

#include "tests/support/activation.h"
#include "tests/support/special_values.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(hard_sigmoid_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_its_gradient) {
  for (const HardSigmoidOptions& o : {HardSigmoidOptions{}, HardSigmoidOptions{.alpha = 0.2F, .beta = 0.6F}})
    proof::prove_activation(
        str_cat("hard_sigmoid ", o.alpha), [&](Value x) { return hard_sigmoid(x, o); },
        [&](auto x) {
          const auto y = static_cast<double>(o.alpha) * x + static_cast<double>(o.beta);
          return proof::real(y) < 0 ? 0.0 * y : proof::real(y) > 1 ? 0.0 * y + 1.0 : y;
        });
}

BOOST_AUTO_TEST_CASE(has_gradient_zero_at_both_ends_and_keeps_nan) {
  using proof::kNan;
  proof::check_values("hard_sigmoid", {proof::row({-2, 2, 1, kNan})},
                      [](Graph&, const auto& v) { return hard_sigmoid(v[0], {.alpha = 0.25F}); }, {0, 1, 0.75, kNan},
                      {{0, 0, 0.25, 0}});
}

BOOST_AUTO_TEST_SUITE_END()
