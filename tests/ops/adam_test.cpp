#include <backflow/ops/adam.h>
#include <backflow/runtime/scheduler/scheduler.h>

#include "tests/support/update.h"

using namespace backflow;

namespace {

proof::UpdateReference reference(const AdamOptions& o) {
  return [o](double& w, std::vector<double>& states, double g, double rate, int step) {
    if (o.decoupled)
      w *= 1 - rate * o.weight_decay;
    else
      g += o.weight_decay * w;
    states[0] = o.beta1 * states[0] + (1 - o.beta1) * g;
    states[1] = o.beta2 * states[1] + (1 - o.beta2) * g * g;
    const double m = states[0] / (1 - std::pow(o.beta1, step)), v = states[1] / (1 - std::pow(o.beta2, step));
    w -= rate * m / (std::sqrt(v) + o.epsilon);
  };
}

void prove_adam(const std::string& name, const Shape& shape, const AdamOptions& o) {
  proof::prove_update(
      name + " " + to_string(shape), {shape, {"exp_avg", "exp_avg_sq"}},
      [&](Value w, Value g, Value rate, Value step) { adam(w, g, rate, step, o); }, reference(o));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(adam_)

BOOST_AUTO_TEST_CASE(steps_as_the_formula_in_double_whatever_the_number_of_tiles) {
  for (const Shape& shape : {Shape{1}, Shape{7, 3}, Shape{3, 5, 3, 3}, Shape{300, 401}}) {
    prove_adam("adam", shape, {});
    prove_adam("adam with other means", shape, {.beta1 = 0.5, .beta2 = 0.9, .epsilon = 1e-3});
    prove_adam("adam with weight decay", shape, {.weight_decay = 0.05});
    prove_adam("adamw", shape, {.weight_decay = 0.05, .decoupled = true});
  }
}

BOOST_AUTO_TEST_CASE(moves_by_the_learning_rate_at_first_whatever_the_gradient) {
  for (float size : {1e-3F, 1.0F, 1e4F}) {
    Graph g;
    const Value w = g.parameter("w", {{2}}, zeros());
    adam(w, g.constant("g", {{2}}, from_values({size, -size})), g.constant("rate", {{1}}, filled(0.25F)),
         g.constant("step", {{1}}, filled(1)));
    Store store;
    Scheduler scheduler(1);
    Flow(g, store, scheduler).run();
    BOOST_TEST(store.at("w").as()[0] == -0.25F, boost::test_tools::tolerance(1e-4F));
    BOOST_TEST(store.at("w").as()[1] == 0.25F, boost::test_tools::tolerance(1e-4F));
  }
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  const Value w = g.parameter("w", {{4}}, zeros()), d = g.input("d", {{4}}), one = g.input("one", {{1}});
  CHECK_FAILS(adam(w, g.input("e", {{5}}), one, one), "[adam] parameter has shape [4], gradient [5]");
  Graph h;
  const Value u = h.parameter("w", {{4}}, zeros()), c = h.input("d", {{4}}), rate = h.input("rate", {{1}});
  CHECK_FAILS(adam(u, c, c, rate), "learning rate needs shape [1], got [4]");
  CHECK_FAILS(adam(w, d, one, one, {.beta1 = 1}), "betas need to be in [0, 1), got 1 and 0.999");
  CHECK_FAILS(adam(w, d, one, one, {.epsilon = 0}), "epsilon needs to be above 0, got 0");
  CHECK_FAILS(adam(w, d, one, one, {.weight_decay = -1}), "weight decay needs to be ≥ 0, got -1");
}

BOOST_AUTO_TEST_CASE(refuses_a_step_below_one_when_it_runs) {
  Graph g;
  const Value w = g.parameter("w", {{4}}, zeros());
  adam(w, g.input("d", {{4}}), g.input("rate", {{1}}), g.input("step", {{1}}));
  Store store;
  Scheduler scheduler(1);
  Flow flow(g, store, scheduler, {.name = "training"});
  CHECK_FAILS(flow.run(), "[training] node 'w.adam': [adam] the first step is 1, got 0");
}

BOOST_AUTO_TEST_SUITE_END()
