#include <backflow/ops/bce_with_logits.h>

#include <backflow/graph/gradient.h>
#include "tests/support/loss.h"
#include "tests/support/run.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(bce_with_logits_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  for (Reduction r : {Reduction::mean, Reduction::batch_mean, Reduction::sum})
    proof::prove_loss(
        str_cat("bce_with_logits ", static_cast<int>(r)),
        [r](Graph&, const auto& v) { return bce_with_logits(v[0], v[1], {.reduction = r}); }, r,
        [](auto p, auto t) { return std::log(1.0 + std::exp(p)) - p * t; },
        [](double x, bool target) { return target ? 1 / (1 + std::exp(-x)) : 3 * x; });
}

BOOST_AUTO_TEST_CASE(stays_finite_for_huge_logits) {
  Graph g;
  const Value x = g.input("x", {{1, 4}}), t = g.input("t", {{1, 4}});
  const Value loss = bce_with_logits(x, t, {.reduction = Reduction::sum});
  g.output("loss", loss);
  g.output("dx", gradient(loss, x));
  const auto out = outputs_of(g, {{"x", {1e30F, -1e30F, 1000, -1000}}, {"t", {1, 0, 0, 1}}});
  BOOST_TEST(out.at("loss")[0] == 2000);
  BOOST_TEST(out.at("dx") == (std::vector<float>{0, 0, 1, -1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(says_which_shape_it_wanted) { proof::check_loss_errors("bce_with_logits", bce_with_logits); }

BOOST_AUTO_TEST_SUITE_END()
