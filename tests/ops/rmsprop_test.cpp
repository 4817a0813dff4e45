#include <backflow/ops/rmsprop.h>

#include "tests/support/update.h"

using namespace backflow;

namespace {

proof::UpdateReference reference(const RmspropOptions& o) {
  return [o](double& w, std::vector<double>& states, double g, double rate, int) {
    g += static_cast<double>(o.weight_decay) * w;
    states[0] = o.alpha * states[0] + (1 - o.alpha) * g * g;
    double u = g / (std::sqrt(states[0]) + o.epsilon);
    if (o.momentum > 0) u = states[1] = static_cast<double>(o.momentum) * states[1] + u;
    w -= rate * u;
  };
}

void prove_rmsprop(const Shape& shape, const RmspropOptions& o) {
  std::vector<std::string> states{"square_avg"};
  if (o.momentum > 0) states.emplace_back("momentum");
  proof::prove_update(
      "rmsprop " + to_string(shape), {shape, states},
      [&](Value w, Value g, Value rate, Value) { rmsprop(w, g, rate, o); }, reference(o));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rmsprop_)

BOOST_AUTO_TEST_CASE(steps_as_the_formula_in_double_whatever_the_number_of_tiles) {
  for (const Shape& shape : {Shape{1}, Shape{7, 3}, Shape{3, 5, 3, 3}, Shape{300, 401}}) {
    prove_rmsprop(shape, {});
    prove_rmsprop(shape, {.alpha = 0.9, .epsilon = 1e-3});
    prove_rmsprop(shape, {.alpha = 0.5, .momentum = 0.9F});  // shorter steps, of which less cancels
    prove_rmsprop(shape, {.alpha = 0.5, .momentum = 0.5F, .weight_decay = 0.05F});
  }
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  const Value w = g.parameter("w", {{4}}, zeros()), d = g.input("d", {{4}}), one = g.input("one", {{1}});
  CHECK_FAILS(rmsprop(w, g.input("e", {{5}}), one), "[rmsprop] parameter has shape [4], gradient [5]");
  CHECK_FAILS(rmsprop(w, d, one, {.alpha = 1}), "alpha needs to be in [0, 1), got 1");
  CHECK_FAILS(rmsprop(w, d, one, {.epsilon = 0}), "epsilon needs to be above 0, got 0");
  CHECK_FAILS(rmsprop(w, d, one, {.momentum = 1}), "momentum needs to be in [0, 1), got 1");
  CHECK_FAILS(rmsprop(w, d, one, {.weight_decay = -1}), "weight decay needs to be ≥ 0, got -1");
  Graph h;
  const Value u = h.parameter("w", {{4}}, zeros()), c = h.input("d", {{4}});
  CHECK_FAILS(rmsprop(u, c, c), "learning rate needs shape [1], got [4]");
}

BOOST_AUTO_TEST_SUITE_END()
