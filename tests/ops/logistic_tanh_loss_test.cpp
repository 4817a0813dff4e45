#include <backflow/ops/logistic_tanh_loss.h>

#include <backflow/graph/gradient.h>
#include "tests/support/loss.h"
#include "tests/support/run.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(logistic_tanh_loss_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  for (Reduction r : {Reduction::mean, Reduction::batch_mean, Reduction::sum})
    proof::prove_loss(
        str_cat("logistic_tanh_loss ", static_cast<int>(r)),
        [r](Graph&, const auto& v) { return logistic_tanh_loss(v[0], v[1], {.reduction = r}); }, r,
        [](auto p, auto t) { return std::log(std::cosh(p)) - t * p + std::log(2.0); },
        [](double x, bool target) { return target ? (x > 0 ? 1.0 : -1.0) : 2 * x; });
}

BOOST_AUTO_TEST_CASE(is_zero_far_on_the_right_side_and_linear_on_the_wrong_one) {
  Graph g;
  const Value s = g.input("s", {{4}}), y = g.input("y", {{4}});
  const Value loss = logistic_tanh_loss(s, y, {.reduction = Reduction::sum});
  g.output("loss", loss);
  g.output("ds", gradient(loss, s));
  const auto out = outputs_of(g, {{"s", {1e30F, -1e30F, 1000, -500}}, {"y", {1, -1, -1, 1}}});
  BOOST_TEST(out.at("loss")[0] == 2000 + 1000);
  BOOST_TEST(out.at("ds") == (std::vector<float>{0, 0, 2, -2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(says_which_shape_it_wanted) { proof::check_loss_errors("logistic_tanh_loss", logistic_tanh_loss); }

BOOST_AUTO_TEST_SUITE_END()
