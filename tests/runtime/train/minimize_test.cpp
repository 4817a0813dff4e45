#include <backflow/runtime/train/minimize.h>

#include <cmath>

#include <backflow/ops/add.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/reduce_sum.h>
#include <backflow/ops/subtract.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include <backflow/runtime/train/snapshot.h>
#include "tests/support/test.h"

using namespace backflow;
using namespace backflow::train;

namespace {

/// Steps on Σ a (w − 1)² from w = 0, with a = 1 … 4 in two parameters; the loss before each.
std::vector<float> losses(const Update& update, const MinimizeOptions& options = {}, int steps = 300, int threads = 2) {
  Graph g;
  Value loss;
  for (const auto& [name, from] : {std::pair{"u", 1.0F}, {"v", 3.0F}}) {
    const Value w = g.parameter(name, {{2}}, zeros());
    const Value distance = subtract(w, g.constant(std::string(name) + ".goal", {{2}}, filled(1)));
    const Value weight = g.constant(std::string(name) + ".weight", {{2}}, from_values({from, from + 1}));
    const Value part = reduce_sum(multiply(weight, multiply(distance, distance)), {.axes = {0}});
    loss = loss ? add(loss, part) : part;
  }
  g.output("loss", loss);
  minimize(loss, update, options);
  Store store;
  Scheduler scheduler(threads);
  Flow flow(g, store, scheduler);
  std::vector<float> result;
  for (int i = 0; i < steps; ++i) {
    flow.run();
    result.push_back(flow.scalar("loss"));
  }
  return result;
}

/// w after one step from 0 on Σ g w.
std::vector<float> stepped(const std::vector<float>& gradient, const MinimizeOptions& options) {
  Graph g;
  const Value w = g.parameter("w", {{static_cast<std::int64_t>(gradient.size())}}, zeros());
  const Value slope = g.constant("g", w.spec(), from_values(gradient));
  minimize(reduce_sum(multiply(w, slope), {.axes = {0}}), Sgd{.learning_rate = 1}, options);
  Store store;
  Scheduler scheduler(1);
  Flow(g, store, scheduler).run();
  const auto values = store.at("w").as();
  return {values.begin(), values.end()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(minimize_)

BOOST_AUTO_TEST_CASE(every_rule_finds_the_minimum_and_the_same_bits_at_any_number_of_threads) {
  for (const Update& update :
       {Update(Sgd{.learning_rate = 0.05F, .momentum = 0.5F}), Update(Adam{.learning_rate = 0.05F}),
        Update(AdamW{.learning_rate = 0.05F, .weight_decay = 0}), Update(Rmsprop{.learning_rate = 0.01F}),
        Update(Lion{.learning_rate = 0.01F})}) {
    const std::vector<float> path = losses(update, {.clip_norm = 5});
    BOOST_TEST(path.front() == 10);
    BOOST_TEST(path.back() < 0.02F, "rule " << update.index() << " ends at " << path.back());
    for (int threads : {1, 4, 8}) BOOST_TEST((losses(update, {.clip_norm = 5}, 300, threads) == path));
  }
}

BOOST_AUTO_TEST_CASE(the_graph_counts_the_steps_of_adam) {
  // Adam's first steps are as long as the rate, whatever the gradient; a step that stays 1 would grow.
  const std::vector<float> path = losses(Adam{.learning_rate = 0.01F}, {}, 2);
  BOOST_TEST(path[1] == 10 * 0.99F * 0.99F, boost::test_tools::tolerance(1e-4F));
  Graph g;
  const Value w = g.parameter("w", {{1}}, zeros());
  minimize(reduce_sum(w, {.axes = {0}}), Adam{});
  Store store;
  Scheduler scheduler(1);
  Flow flow(g, store, scheduler);
  for (int i = 0; i < 3; ++i) flow.run();
  BOOST_TEST(store.at(kStepState).as()[0] == 3);
  BOOST_TEST(store.at("w").as()[0] == -0.003F, boost::test_tools::tolerance(1e-4F));
}

// Expected values: torch.nn.utils.clip_grad_norm_.
BOOST_AUTO_TEST_CASE(clips_the_norm_of_all_gradients_together) {
  const auto clipped = stepped({3, -4}, {.clip_norm = 1});
  BOOST_TEST(clipped[0] == -0.6F, boost::test_tools::tolerance(1e-5F));
  BOOST_TEST(clipped[1] == 0.8F, boost::test_tools::tolerance(1e-5F));
  BOOST_TEST((stepped({3, -4}, {.clip_norm = 6}) == std::vector<float>{-3, 4}));
  BOOST_TEST((stepped({0, 0}, {.clip_norm = 6}) == std::vector<float>{0, 0}));
}

BOOST_AUTO_TEST_CASE(parameters_have_a_moving_average) {
  Graph g;
  const Value w = g.parameter("w", {{1}}, zeros());
  minimize(reduce_sum(w, {.axes = {0}}), Sgd{.learning_rate = 1}, {.average_keep = g.input("keep", {{1}})});
  Store store;
  Scheduler scheduler(1);
  Flow flow(g, store, scheduler);
  double average = 0;
  for (int i = 1; i <= 5; ++i) {
    const float keep = i == 1 ? 0.0F : 0.75F;
    flow.input("keep").as()[0] = keep;
    flow.run();
    average = keep * average + (1 - keep) * -i;
    BOOST_TEST(store.at("w").as()[0] == -i);
    BOOST_TEST(store.at("w.ema").as()[0] == average, boost::test_tools::tolerance(1e-6));
  }
  Store averages;
  assign_averages(store, averages);
  BOOST_TEST(averages.tensors().size() == 1U);
  BOOST_TEST(averages.at("w").as()[0] == average, boost::test_tools::tolerance(1e-6));
}

BOOST_AUTO_TEST_CASE(rates_have_factors) {
  BOOST_TEST((stepped({3, -4}, {.rate_factors = {{"w", 0.5F}}}) == std::vector<float>{-1.5F, 2}));
  BOOST_TEST((stepped({3, -4}, {.rate_factors = {{"w", 0}}}) == std::vector<float>{0, 0}));
}

BOOST_AUTO_TEST_CASE(says_what_it_wanted) {
  Graph g;
  const Value x = g.input("x", {{2}});
  CHECK_FAILS(minimize(x, Sgd{}), "the loss needs to be one number, got [2]");
  const Value y = reduce_sum(x, {.axes = {0}});
  CHECK_FAILS(minimize(y, Sgd{}), "no parameters to train");
  CHECK_FAILS(minimize(y, Sgd{}, {.clip_norm = -1}), "clip_norm needs to be ≥ 0, got -1");
  CHECK_FAILS(minimize(y, Adam{.learning_rate = -1}), "the learning rate needs to be ≥ 0, got -1");
}

BOOST_AUTO_TEST_SUITE_END()
