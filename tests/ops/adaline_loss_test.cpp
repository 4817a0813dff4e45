#include <backflow/ops/adaline_loss.h>

#include "tests/support/loss.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(adaline_loss_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  for (Reduction r : {Reduction::mean, Reduction::batch_mean, Reduction::sum})
    proof::prove_loss(
        str_cat("adaline_loss ", static_cast<int>(r)),
        [r](Graph&, const auto& v) { return adaline_loss(v[0], v[1], {.reduction = r}); }, r,
        [](auto p, auto t) { return (t - p) * (t - p) / 2.0; }, [](double x, bool) { return x; });
}

BOOST_AUTO_TEST_CASE(says_which_shape_it_wanted) { proof::check_loss_errors("adaline_loss", adaline_loss); }

BOOST_AUTO_TEST_SUITE_END()
