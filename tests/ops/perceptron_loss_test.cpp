#include <backflow/ops/perceptron_loss.h>

#include <backflow/graph/gradient.h>
#include "tests/support/loss.h"
#include "tests/support/run.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(perceptron_loss_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  for (Reduction r : {Reduction::mean, Reduction::batch_mean, Reduction::sum})
    proof::prove_loss(
        str_cat("perceptron_loss ", static_cast<int>(r)),
        [r](Graph&, const auto& v) { return perceptron_loss(v[0], v[1], {.reduction = r}); }, r,
        [](auto p, auto t) {
          const double sign = proof::real(p) > 0 ? 1 : -1;
          return sign * p - t * p;
        },
        [](double x, bool target) { return target ? (x > 0 ? 1.0 : -1.0) : x; });
}

BOOST_AUTO_TEST_CASE(has_the_perceptron_rule_as_its_gradient_step) {
  Graph g;
  const Value s = g.input("s", {{5}}), y = g.input("y", {{5}});
  const Value loss = perceptron_loss(s, y, {.reduction = Reduction::sum});
  g.output("loss", loss);
  g.output("ds", gradient(loss, s));
  const auto out = outputs_of(g, {{"s", {2, 2, -3, -3, 0}}, {"y", {1, -1, 1, -1, 1}}});
  BOOST_TEST(out.at("loss")[0] == 0 + 4 + 6 + 0 + 0);
  BOOST_TEST(out.at("ds") == (std::vector<float>{0, 2, -2, 0, -1}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(says_which_shape_it_wanted) { proof::check_loss_errors("perceptron_loss", perceptron_loss); }

BOOST_AUTO_TEST_SUITE_END()
