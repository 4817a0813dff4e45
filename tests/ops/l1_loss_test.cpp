#include <backflow/ops/l1_loss.h>

#include <backflow/graph/gradient.h>
#include "tests/support/loss.h"
#include "tests/support/run.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(l1_loss_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  for (Reduction r : {Reduction::mean, Reduction::batch_mean, Reduction::sum})
    proof::prove_loss(
        str_cat("l1_loss ", static_cast<int>(r)),
        [r](Graph&, const auto& v) { return l1_loss(v[0], v[1], {.reduction = r}); }, r,
        [](auto p, auto t) { return proof::real(p - t) > 0 ? p - t : t - p; }, [](double x, bool) { return x; });
}

BOOST_AUTO_TEST_CASE(has_gradient_zero_where_both_are_equal) {
  Graph g;
  const Value p = g.input("p", {{1, 3}}), t = g.input("t", {{1, 3}});
  const auto d = gradient({l1_loss(p, t)}, {p, t});
  g.output("dp", d[0]);
  g.output("dt", d[1]);
  const auto out = outputs_of(g, {{"p", {1, 2, 3}}, {"t", {2, 2, 2}}});
  BOOST_TEST(out.at("dp") == (std::vector<float>{-1.0F / 3, 0, 1.0F / 3}), boost::test_tools::per_element());
  BOOST_TEST(out.at("dt") == (std::vector<float>{1.0F / 3, 0, -1.0F / 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(says_which_shape_it_wanted) { proof::check_loss_errors("l1_loss", l1_loss); }

BOOST_AUTO_TEST_SUITE_END()
