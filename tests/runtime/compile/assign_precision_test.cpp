
#include <algorithm>
#include <cmath>

#include <backflow/graph/gradient.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/max_pool2d.h>
#include <backflow/ops/onednn/bf16_units.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/sgd.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/graphs.h"
#include "tests/support/memory_proof.h"
#include "tests/support/preconditions.h"
#include "tests/support/test.h"

using namespace backflow;
using graphs::names;

namespace {

Value classifier(Graph& g, std::int64_t batch) {
  Value x = g.input("x", {{batch, 2, 8, 8}});
  x = max_pool2d(relu(conv2d(x, {.out = 16, .kernel = 3, .padding = 1, .name = "conv"})));
  x = relu(linear(flatten(x), {.out = 24, .name = "fc1"}));
  return linear(x, {.out = 5, .name = "fc2"});
}

void train_step(Graph& g) {
  const Value loss = softmax_cross_entropy(classifier(g, 12), g.input("labels", {{12}, Type::s32}));
  g.output("loss", loss);
  const auto parameters = g.parameters();
  const auto gradients = gradient({loss}, parameters);
  const Value rate = g.input("rate", {{1}});
  for (std::size_t i = 0; i < parameters.size(); ++i) sgd(parameters[i], gradients[i], rate);
}

const PlanValue& value(const Plan& plan, const std::string& name) {
  const auto found =
      std::find_if(plan.values.begin(), plan.values.end(), [&](const auto& v) { return v.name == name; });
  BOOST_REQUIRE_MESSAGE(found != plan.values.end(), "there is no value " << name << " in " << names(plan));
  return *found;
}

struct Needs {
  boost::test_tools::assertion_result operator()(boost::unit_test::test_unit_id) const {
    boost::test_tools::assertion_result result(bf16_units() != Bf16Units::absent);
    result.message() << "oneDNN offers no bf16 on this CPU";
    return result;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(narrow_, *boost::unit_test::precondition(Needs()))

BOOST_AUTO_TEST_CASE(activations_and_their_gradients_are_bf16_and_all_that_is_kept_is_f32, *needs_bf16()) {
  Graph g;
  train_step(g);
  const Plan plan = compile(g, {}, {.bf16 = true});
  for (const std::string& wrong : memory_proof::violations(plan)) BOOST_ERROR(wrong);
  for (const char* held : {"relu", "max_pool2d:0", "relu_2", "conv.weight.bf16", "fc1.weight.bf16", "fc2.weight.bf16"})
    BOOST_TEST(to_string(value(plan, held).spec.type) == "bf16", held);
  for (const char* kept : {"fc2", "softmax_cross_entropy", "conv.weight", "fc1.weight", "fc1.bias"})
    BOOST_TEST(to_string(value(plan, kept).spec.type) == "f32", kept);
  for (const PlanNode& node : plan.nodes)
    if (node.op->kind().ends_with("weight_gradient"))
      for (std::size_t v : node.out) BOOST_TEST(to_string(plan.values[v].spec.type) == "f32", node.name);
}

BOOST_AUTO_TEST_CASE(updates_write_the_copies_of_weights_that_the_next_step_reads, *needs_bf16()) {
  Graph g;
  train_step(g);
  const Plan plan = compile(g, {}, {.bf16 = true});
  BOOST_TEST(plan.shadow_copies.size() == 3U);
  BOOST_TEST(names(plan).find("weight.bf16") == std::string::npos, names(plan));  // no conversion in the step
  std::size_t written = 0;
  for (const PlanNode& node : plan.nodes)
    if (node.role == Role::update && node.out.size() == 2) ++written;
  BOOST_TEST(written == 3U);
}

BOOST_AUTO_TEST_CASE(without_updates_weights_are_converted_in_the_step_or_once_if_they_are_frozen, *needs_bf16()) {
  Graph g;
  g.output("logits", classifier(g, 12));
  const Plan every = compile(g, {}, {.bf16 = true}), once = compile(g, {}, {.frozen = true, .bf16 = true});
  BOOST_TEST(names(every).find("fc1.weight.bf16") != std::string::npos);
  BOOST_TEST(names(once).find("fc1.weight.bf16") == std::string::npos);
  BOOST_TEST(every.shadow_copies.empty());
  BOOST_TEST(once.once.size() >= 3U);
}

BOOST_AUTO_TEST_CASE(f32_is_left_as_it_is) {
  Graph g;
  train_step(g);
  for (const PlanValue& v : compile(g, {}).values) BOOST_TEST((v.spec.type != Type::bf16), v.name);
}

BOOST_AUTO_TEST_CASE(a_value_that_is_read_after_the_run_is_f32_and_its_readers_get_a_copy, *needs_bf16()) {
  Graph g;
  const Value hidden = relu(linear(g.input("x", {{4, 8}}), {.out = 8, .name = "a"}));
  g.output("hidden", hidden);
  g.output("y", linear(hidden, {.out = 3, .name = "b"}));
  const Plan plan = compile(g, {}, {.bf16 = true});
  BOOST_TEST((plan.values[plan.outputs.at("hidden")].spec.type == Type::f32));
  BOOST_TEST(names(plan).find("relu.bf16") != std::string::npos, names(plan));
}

BOOST_AUTO_TEST_CASE(a_step_sees_weights_that_somebody_else_has_changed) {
  Graph g;
  train_step(g);
  const auto loss_after = [&](bool change_between) {
    Store store;
    Scheduler scheduler(2);
    Flow flow(g, store, scheduler, {.precision = Precision::bf16});
    std::fill_n(flow.input("x").as().begin(), 12 * 128, 0.5F);
    flow.run();
    if (change_between) store.assign("fc2.weight", Tensor({5, 24}, std::vector<float>(120, 0.0F)));
    if (change_between) store.assign("fc2.bias", Tensor({5}, std::vector<float>(5, 0.0F)));
    flow.run();
    return flow.scalar("loss");
  };
  BOOST_TEST(loss_after(true) == std::log(5.0F), boost::test_tools::tolerance(1e-5F));
  BOOST_TEST(loss_after(false) != loss_after(true));
}

BOOST_AUTO_TEST_SUITE_END()
