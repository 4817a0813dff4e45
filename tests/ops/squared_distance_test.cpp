#include <backflow/ops/squared_distance.h>

#include "tests/support/loss.h"
#include "tests/support/run.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(squared_distance_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  for (Reduction r : {Reduction::mean, Reduction::batch_mean, Reduction::sum})
    proof::prove_loss(
        str_cat("squared_distance ", static_cast<int>(r)),
        [r](Graph&, const auto& v) { return squared_distance(v[0], v[1], {.reduction = r}); }, r,
        [](auto p, auto t) { return (p - t) * (p - t); }, [](double x, bool) { return x; });
}

BOOST_AUTO_TEST_CASE(is_summed_over_features_and_averaged_over_the_batch) {
  Graph g;
  g.output("loss", squared_distance(g.input("p", {{2, 3}}), g.input("t", {{2, 3}})));
  BOOST_TEST(outputs_of(g, {{"p", {1, 2, 3, 4, 5, 6}}, {"t", {1, 1, 1, 1, 1, 1}}})["loss"][0] ==
             (0 + 1 + 4 + 9 + 16 + 25) / 2.0F);
}

BOOST_AUTO_TEST_CASE(says_which_shape_it_wanted) { proof::check_loss_errors("squared_distance", squared_distance); }

BOOST_AUTO_TEST_SUITE_END()
