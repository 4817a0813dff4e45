#include <backflow/ops/sgd.h>

#include <backflow/graph/gradient.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/multiply.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/update.h"

using namespace backflow;

namespace {

proof::UpdateReference reference(const SgdOptions& o) {
  return [o](double& w, std::vector<double>& states, double g, double rate, int) {
    const double d = g + o.weight_decay * w;
    if (o.momentum == 0) {
      w -= rate * d;
      return;
    }
    states[0] = o.momentum * states[0] + d;
    w -= rate * (o.nesterov ? d + o.momentum * states[0] : states[0]);
  };
}

void prove_sgd(const std::string& name, const Shape& shape, const SgdOptions& o) {
  std::vector<std::string> states;
  if (o.momentum > 0) states.emplace_back("momentum");
  proof::prove_update(
      name + " " + to_string(shape), {shape, states}, [&](Value w, Value g, Value rate, Value) { sgd(w, g, rate, o); },
      reference(o));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sgd_)

BOOST_AUTO_TEST_CASE(steps_as_the_formula_in_double_whatever_the_number_of_tiles) {
  for (const Shape& shape : {Shape{1}, Shape{7, 3}, Shape{3, 5, 3, 3}, Shape{300, 401}}) {
    prove_sgd("plain", shape, {});
    prove_sgd("weight decay", shape, {.weight_decay = 0.05F});
    prove_sgd("momentum", shape, {.momentum = 0.9F});
    prove_sgd("momentum and weight decay", shape, {.momentum = 0.9F, .weight_decay = 0.05F});
    prove_sgd("Nesterov", shape, {.momentum = 0.9F, .nesterov = true, .weight_decay = 0.05F});
  }
}

BOOST_AUTO_TEST_CASE(updates_weights_that_lie_in_another_order) {
  Graph g;
  const Value x = g.input("x", {{1, 2}});
  const Value y = linear(x, {.out = 1, .bias = false, .name = "fc", .weight = from_values({1, 2})});
  const Value w = g.leaf("fc.weight");
  sgd(w, gradient(y, w), g.input("rate", {{1}}));
  g.output("y", y);
  Store store;
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler);
  flow.input("x").as()[0] = 3;
  flow.input("x").as()[1] = 5;
  flow.input("rate").as()[0] = 0.5F;
  flow.run();
  const Tensor after = store.plain("fc.weight");
  BOOST_TEST(flow.scalar("y") == 13);  // computed before the update
  BOOST_TEST(after.as()[0] == 1 - 0.5F * 3);
  BOOST_TEST(after.as()[1] == 2 - 0.5F * 5);
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  const Value w = g.parameter("w", {{4}}, zeros()), d = g.input("d", {{4}}), rate = g.input("rate", {{1}});
  CHECK_FAILS(sgd(w, g.input("e", {{5}}), rate), "[sgd] parameter has shape [4], gradient [5]");
  CHECK_FAILS(sgd(w, d, d), "learning rate needs shape [1], got [4]");
  CHECK_FAILS(sgd(w, d, rate, {.momentum = 1}), "momentum needs to be in [0, 1), got 1");
  CHECK_FAILS(sgd(w, d, rate, {.weight_decay = -1}), "weight decay needs to be ≥ 0, got -1");
  CHECK_FAILS(sgd(w, d, rate, {.nesterov = true}), "Nesterov needs a momentum above 0");
}

BOOST_AUTO_TEST_CASE(a_parameter_may_be_a_number) {
  Graph g;
  const Value w = g.parameter("w", {Shape{}}, filled(2));
  sgd(w, gradient(multiply(w, w), w), g.input("rate", {{1}}));
  Store store;
  Scheduler scheduler(1);
  Flow flow(g, store, scheduler);
  flow.input("rate").as()[0] = 0.25F;
  flow.run();
  BOOST_TEST(store.at("w").as()[0] == 1);
}

BOOST_AUTO_TEST_SUITE_END()
