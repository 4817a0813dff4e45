#include <backflow/ops/bce_loss.h>

#include <backflow/graph/gradient.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/loss.h"
#include "tests/support/run.h"

using namespace backflow;

BOOST_AUTO_TEST_SUITE(bce_loss_)

BOOST_AUTO_TEST_CASE(agrees_with_the_reference_forward_and_in_every_gradient) {
  for (Reduction r : {Reduction::mean, Reduction::batch_mean, Reduction::sum})
    proof::prove_loss(
        str_cat("bce_loss ", static_cast<int>(r)),
        [r](Graph&, const auto& v) { return bce_loss(v[0], v[1], {.reduction = r}); }, r,
        [](auto p, auto t) { return -t * std::log(p) - (1.0 - t) * std::log(1.0 - p); },
        [](double x, bool) { return 1 / (1 + std::exp(-2 * x)); });
}

BOOST_AUTO_TEST_CASE(clamps_logarithms_and_divisors_as_pytorch_does) {
  Graph g;
  const Value p = g.input("p", {{1, 5}}), t = g.input("t", {{1, 5}});
  const Value loss = bce_loss(p, t, {.reduction = Reduction::sum});
  const auto d = gradient({loss}, {p, t});
  g.output("loss", loss);
  g.output("dp", d[0]);
  g.output("dt", d[1]);
  auto out = outputs_of(g, {{"p", {0, 0, 1, 1, 0.5F}}, {"t", {0, 1, 0, 1, 1}}});
  BOOST_TEST(out["loss"][0] == 200 + std::log(2.0F));
  BOOST_TEST(out["dp"] == (std::vector<float>{0, -1 / 1e-12F, 1 / 1e-12F, 0, -2}), boost::test_tools::per_element());
  BOOST_TEST(out["dt"] == (std::vector<float>{100, 100, -100, -100, 0}), boost::test_tools::per_element());
  out = outputs_of(g, {{"p", {1e-40F, 1e-13F, 0.5F, 0.5F, 0.5F}}, {"t", {1, 1, 0.5F, 0.5F, 0.5F}}});
  const float expected = -std::log(1e-40F) - std::log(1e-13F) + 3 * std::log(2.0F);
  BOOST_TEST(out["loss"][0] == expected, boost::test_tools::tolerance(1e-6F));
  BOOST_TEST(out["dp"][1] == -1e12F, boost::test_tools::tolerance(1e-6F));
  BOOST_TEST(out["dp"][2] == 0);
}

BOOST_AUTO_TEST_CASE(refuses_predictions_that_are_no_probabilities_when_it_runs) {
  for (bool only_gradient : {false, true}) {
    Graph g;
    const Value p = g.input("p", {{3, 2}});
    const Value loss = bce_loss(p, g.input("t", {{3, 2}}), {.name = "cost"});
    g.output("result", only_gradient ? gradient(loss, p) : loss);
    Store store;
    Scheduler scheduler(2);
    Flow flow(g, store, scheduler, {.name = "training"});
    const std::string node = only_gradient ? "cost.bce_loss_gradient" : "cost";
    auto predictions = flow.input("p").as();
    predictions[3] = 1.5F;
    CHECK_FAILS(flow.run(), "[training] node '" + node + "': [bce_loss] prediction 1.5 of sample 1 is not in [0, 1]");
    predictions[3] = -0.25F;
    CHECK_FAILS(flow.run(), "[bce_loss] prediction -0.25 of sample 1 is not in [0, 1]");
    predictions[3] = std::nanf("");
    CHECK_FAILS(flow.run(), "[bce_loss] prediction nan of sample 1 is not in [0, 1]");
    predictions[3] = 1;
    BOOST_CHECK_NO_THROW(flow.run());
  }
}

BOOST_AUTO_TEST_CASE(says_which_shape_it_wanted) { proof::check_loss_errors("bce_loss", bce_loss); }

BOOST_AUTO_TEST_SUITE_END()
