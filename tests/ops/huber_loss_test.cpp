#include <backflow/ops/huber_loss.h>

#include "tests/support/loss.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(huber_loss_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  for (Reduction r : {Reduction::mean, Reduction::batch_mean, Reduction::sum})
    proof::prove_loss(
        str_cat("huber_loss ", static_cast<int>(r)),
        [r](Graph&, const auto& v) { return huber_loss(v[0], v[1], {.reduction = r}); }, r,
        [](auto p, auto t) {
          const double size = std::abs(proof::real(p - t));
          return size <= 1 ? (p - t) * (p - t) / 2.0 : (proof::real(p - t) > 0 ? p - t : t - p) - 0.5;
        },
        [](double x, bool) { return x; });
}

BOOST_AUTO_TEST_CASE(changes_from_square_to_line_at_delta) {
  for (double delta : {0.25, 2.0})
    proof::prove_loss(
        str_cat("huber_loss δ ", delta),
        [delta](Graph&, const auto& v) { return huber_loss(v[0], v[1], {.delta = static_cast<float>(delta)}); },
        Reduction::mean,
        [delta](auto p, auto t) {
          const auto d = proof::real(p - t) > 0 ? p - t : t - p;
          return proof::real(d) <= delta ? d * d / 2.0 : delta * (d - delta / 2);
        },
        [](double x, bool) { return x; });
}

BOOST_AUTO_TEST_CASE(says_which_shape_it_wanted) {
  const proof::LossBuilder huber = [](Value p, Value t, const LossOptions&) { return huber_loss(p, t); };
  proof::check_loss_errors("huber_loss", huber);
  Graph g;
  const Value x = g.input("x", {{2}});
  CHECK_FAILS(huber_loss(x, x, {.delta = 0}), "[huber_loss] delta needs to be above 0, got 0");
}

BOOST_AUTO_TEST_SUITE_END()
