#include <backflow/ops/lion.h>

#include <limits>

#include "tests/support/update.h"

using namespace backflow;

namespace {

proof::UpdateReference reference(const LionOptions& o) {
  return [o](double& w, std::vector<double>& states, double g, double rate, int) {
    const double u = o.beta1 * states[0] + (1 - o.beta1) * g;
    w = (1 - rate * o.weight_decay) * w - rate * (u > 0 ? 1 : u < 0 ? -1 : 0);
    states[0] = o.beta2 * states[0] + (1 - o.beta2) * g;
  };
}

void prove_lion(const Shape& shape, const LionOptions& o) {
  proof::prove_update(
      "lion " + to_string(shape), {shape, {"exp_avg"}},
      [&](Value w, Value g, Value rate, Value) { lion(w, g, rate, o); }, reference(o));
}

/// w after one step from 1 with rate 0.25.
float stepped(float gradient) {
  Graph g;
  const Value w = g.parameter("w", {{1}}, from_values({1}));
  lion(w, g.constant("g", {{1}}, from_values({gradient})), g.constant("rate", {{1}}, filled(0.25F)));
  Store store;
  Scheduler scheduler(1);
  Flow(g, store, scheduler).run();
  return store.at("w").as()[0];
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lion_)

BOOST_AUTO_TEST_CASE(steps_as_the_formula_in_double_whatever_the_number_of_tiles) {
  for (const Shape& shape : {Shape{1}, Shape{7, 3}, Shape{3, 5, 3, 3}, Shape{300, 401}}) {
    prove_lion(shape, {});
    prove_lion(shape, {.beta1 = 0.5, .beta2 = 0.9});
    prove_lion(shape, {.weight_decay = 0.05});
  }
}

BOOST_AUTO_TEST_CASE(moves_by_the_learning_rate_and_nothing_moves_nothing) {
  BOOST_TEST(stepped(1e-20F) == 0.75F);
  BOOST_TEST(stepped(-1e20F) == 1.25F);
  BOOST_TEST(stepped(0) == 1);
  BOOST_TEST(std::isnan(stepped(std::numeric_limits<float>::quiet_NaN())));
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  const Value w = g.parameter("w", {{4}}, zeros()), d = g.input("d", {{4}}), one = g.input("one", {{1}});
  CHECK_FAILS(lion(w, g.input("e", {{5}}), one), "[lion] parameter has shape [4], gradient [5]");
  CHECK_FAILS(lion(w, d, one, {.beta1 = 1}), "betas need to be in [0, 1), got 1 and 0.99");
  CHECK_FAILS(lion(w, d, one, {.weight_decay = -1}), "weight decay needs to be ≥ 0, got -1");
  Graph h;
  const Value u = h.parameter("w", {{4}}, zeros()), c = h.input("d", {{4}});
  CHECK_FAILS(lion(u, c, c), "learning rate needs shape [1], got [4]");
}

BOOST_AUTO_TEST_SUITE_END()
