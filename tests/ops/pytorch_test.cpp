// Ops agree with PyTorch where their meaning is subtle; tests/reference/make_ops.py made the numbers.
#include <algorithm>
#include <cmath>
#include <string_view>

#include <backflow/graph/gradient.h>
#include <backflow/ops/adam.h>
#include <backflow/ops/batch_norm.h>
#include <backflow/ops/bce_loss.h>
#include <backflow/ops/sgd.h>
#include <backflow/ops/sigmoid.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/runtime/files/safetensors.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/reference.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

const Tensor& reference(std::string_view name) {
  static const files::TensorFile file = files::read_safetensors(reference_folder() / "ops.safetensors");
  const auto found = file.tensors.find(std::string(name));
  BOOST_REQUIRE_MESSAGE(found != file.tensors.end(), "ops.safetensors has no " << name);
  return found->second;
}

struct Tolerance {
  double relative = 1e-5, absolute = 0;
};

void compare(const std::string& name, std::span<const float> got, std::span<const float> expected, Tolerance t) {
  BOOST_REQUIRE_EQUAL(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i)
    BOOST_CHECK_MESSAGE(std::abs(got[i] - expected[i]) <= t.relative * std::abs(expected[i]) + t.absolute,
                        name << " at index " << i << ": PyTorch " << expected[i] << ", got " << got[i]);
}

void set_input(Flow& flow, const std::string& name, const Tensor& value) {
  Tensor& input = flow.input(name);
  BOOST_REQUIRE(input.spec() == value.spec());
  std::copy_n(value.data(), value.bytes(), input.data());
}

/// `build` makes y from the case's values called `inputs`; y and the gradients by `wrt` are compared. Returns what is
/// in the store after one step.
template <class Build>
Store agrees(const std::string& name, const std::vector<std::string>& inputs, const std::vector<std::string>& wrt,
             Tolerance tolerance, Build build) {
  Graph g;
  std::map<std::string, Value> in;
  for (const std::string& i : inputs) in[i] = g.input(i, reference(name + "/" + i).spec());
  const Value y = build(in), dy = g.input("dy", y.spec());
  std::vector<Value> variables;
  for (const std::string& w : wrt) variables.push_back(in.at(w));
  const std::vector<Value> gradients = gradient({y}, variables, {dy});
  g.output("y", y);
  for (std::size_t i = 0; i < wrt.size(); ++i) g.output("d" + wrt[i], gradients[i]);
  Store store;
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler);
  for (const std::string& i : inputs) set_input(flow, i, reference(name + "/" + i));
  std::copy_n(reference(name + "/dy").as().data(), elements(y.shape()), flow.input("dy").as().data());
  flow.run();
  compare(name + " y", flow.output("y"), reference(name + "/y").as(), tolerance);
  for (const std::string& w : wrt)
    compare(name + " d" + w, flow.output("d" + w), reference(name + "/d" + w).as(), tolerance);
  return store;
}

/// Five updates with the case's gradients; w after each is compared.
template <class Update>
void steps_agree(const std::string& name, float rate, Update update) {
  const Tensor &first = reference(name + "/w"), &gradients = reference(name + "/g");
  const auto n = static_cast<std::size_t>(elements(first.shape()));
  Graph g;
  const Value w = g.parameter("w", first.spec(), from_values({first.as().begin(), first.as().end()}));
  update(w, g.input("g", first.spec()), g.input("lr", {{1}}), g);
  Store store;
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler);
  flow.input("lr").as()[0] = rate;
  for (std::size_t step = 0; step < 5; ++step) {
    std::copy_n(gradients.as().data() + step * n, n, flow.input("g").as().data());
    if (flow.has_input("step")) flow.input("step").as()[0] = static_cast<float>(step + 1);
    flow.run();
    compare(str_cat(name, " after step ", step + 1), store.at("w").as(),
            reference(name + "/steps").as().subspan(step * n, n), {1e-6, 1e-7});
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(pytorch)

BOOST_AUTO_TEST_CASE(updates_agree) {
  const auto sgd_with = [](SgdOptions o) { return [o](Value w, Value g, Value lr, Graph&) { sgd(w, g, lr, o); }; };
  const auto adam_with = [](AdamOptions o) {
    return [o](Value w, Value g, Value lr, Graph& graph) { adam(w, g, lr, graph.input("step", {{1}}), o); };
  };
  steps_agree("sgd_momentum", 0.1F, sgd_with({.momentum = 0.8F}));
  steps_agree("sgd_nesterov", 0.1F, sgd_with({.momentum = 0.9F, .nesterov = true, .weight_decay = 0.01F}));
  steps_agree("adam", 0.01F, adam_with({.weight_decay = 0.1}));
  steps_agree("adamw", 0.01F, adam_with({.beta1 = 0.8, .beta2 = 0.99, .weight_decay = 0.1, .decoupled = true}));
}

BOOST_AUTO_TEST_CASE(cross_entropy_agrees) {
  for (const auto& [name, smoothing] : {std::pair{"cross_entropy_plain", 0.0F}, {"cross_entropy_smooth", 0.1F}})
    agrees(name, {"x", "labels"}, {"x"}, {1e-5, 1e-7},
           [&](auto& in) { return softmax_cross_entropy(in["x"], in["labels"], {.label_smoothing = smoothing}); });
}

BOOST_AUTO_TEST_CASE(bce_agrees_where_predictions_are_saturated) {
  const auto bce = [](auto& in) { return bce_loss(in["p"], in["t"]); };
  agrees("bce_saturated", {"p", "t"}, {"p"}, {1e-5}, bce);
  const auto of_sigmoid = [](auto& in) { return bce_loss(sigmoid(in["x"]), in["t"]); };
  agrees("bce_of_sigmoid", {"x", "t"}, {"x"}, {1e-5}, of_sigmoid);
}

BOOST_AUTO_TEST_CASE(batch_norm_agrees_and_moves_its_averages) {
  const auto state = [](Graph& g, const std::string& name) {
    const auto values = reference("batch_norm/" + name).as();
    return g.state(name, {{3}}, from_values({values.begin(), values.end()}));
  };
  const Store store = agrees("batch_norm", {"x", "w", "b"}, {"x", "w", "b"}, {1e-5, 1e-5}, [&](auto& in) {
    Graph& g = *in["x"].graph;
    return batch_norm(in["x"], {in["w"], in["b"], state(g, "running_mean"), state(g, "running_var")},
                      {.training = true, .epsilon = 1e-3F, .momentum = 0.2F});
  });
  compare("mean", store.at("running_mean").as(), reference("batch_norm/mean_after").as(), {1e-5, 1e-6});
  compare("variance", store.at("running_var").as(), reference("batch_norm/var_after").as(), {1e-5, 1e-6});
}

BOOST_AUTO_TEST_SUITE_END()
