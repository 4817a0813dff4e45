#include <backflow/ops/mse_loss.h>

#include "tests/support/loss.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(mse_loss_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  for (Reduction r : {Reduction::mean, Reduction::batch_mean, Reduction::sum})
    proof::prove_loss(
        str_cat("mse_loss ", static_cast<int>(r)),
        [r](Graph&, const auto& v) { return mse_loss(v[0], v[1], {.reduction = r}); }, r,
        [](auto p, auto t) { return (p - t) * (p - t); }, [](double x, bool) { return x; });
}

BOOST_AUTO_TEST_CASE(is_the_mean_over_all_elements) {
  proof::prove(
      "mse_loss by hand", {{{2, 2}, false, true, 0, 1, {1, 2, 3, 4}}, {{2, 2}, false, true, 0, 1, {0, 0, 0, 0}}},
      [](Graph&, const auto& v) { return mse_loss(v[0], v[1]); },
      [](const auto& in) {
        std::decay_t<decltype(in[0])> loss({1});
        for (const auto& x : in[0].data) loss(0) += x * x / 4.0;
        for (std::size_t i = 0; i < 4; ++i) loss(0) -= 2.0 * in[0].data[i] * in[1].data[i] / 4.0;
        return loss;
      });
}

BOOST_AUTO_TEST_CASE(says_which_shape_it_wanted) { proof::check_loss_errors("mse_loss", mse_loss); }

BOOST_AUTO_TEST_SUITE_END()
