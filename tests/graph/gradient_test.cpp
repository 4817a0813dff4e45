#include <backflow/graph/gradient.h>

#include <algorithm>

#include <backflow/graph/gradient_rule.h>
#include <backflow/graph/sum.h>
#include <backflow/ops/linear.h>
#include <backflow/ops/multiply.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/reshape.h>
#include <backflow/ops/softmax_cross_entropy.h>
#include <backflow/ops/sum_to.h>
#include <backflow/ops/tanh.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/proof.h"
#include "tests/support/run.h"

using namespace backflow;
using proof::Array;

namespace {

std::size_t count(const Graph& g, const std::string& kind) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < g.size(); ++i) n += g.node(i).op && g.node(i).op->kind() == kind;
  return n;
}

bool all_zero(const Graph& g, const Value& v) {
  const Node& n = g.node(v);
  return n.leaf == Leaf::constant && n.initial.kind == Initializer::fill && n.initial.a == 0;
}

/// Has no gradient rule.
class Opaque final : public Op {
 public:
  std::string kind() const override { return "opaque"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View>) const override { return nullptr; }
};

/// Its rule gives a gradient of the wrong shape.
class Careless final : public Op {
 public:
  std::string kind() const override { return "careless"; }
  std::vector<Spec> infer(std::span<const Spec>) const override { return {{{1}, Type::f32}}; }
  void gradient(Backward& b) const override { b.set(0, b.grad_output()); }
  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View>) const override { return nullptr; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(gradient_)

BOOST_AUTO_TEST_CASE(of_a_value_that_is_used_twice_is_the_sum_of_both_paths) {
  auto build = [](Graph&, const std::vector<Value>& v) {
    const Value h = tanh(v[0]);
    return sum({tanh(h), h, v[0]});
  };
  auto reference = [](const auto& in) {
    auto y = in[0];
    for (auto& x : y.data) x = std::tanh(std::tanh(x)) + std::tanh(x) + x;
    return y;
  };
  proof::prove("used twice", {{{3, 5}}}, build, reference);
}

BOOST_AUTO_TEST_CASE(of_shared_weights_is_the_sum_over_the_layers_that_share_them) {
  auto build = [](Graph&, const std::vector<Value>& v) { return linear(linear(v[0], v[1], v[2]), v[1], v[2]); };
  auto reference = []<class T>(const std::vector<Array<T>>& in) {
    auto layer = [&](const Array<T>& x) {
      Array<T> y(x.shape);
      for (std::int64_t n = 0; n < x.shape[0]; ++n)
        for (std::int64_t o = 0; o < x.shape[1]; ++o) {
          y(n, o) = in[2](o);
          for (std::int64_t i = 0; i < x.shape[1]; ++i) y(n, o) += x(n, i) * in[1](o, i);
        }
      return y;
    };
    return layer(layer(in[0]));
  };
  proof::prove("shared weights", {{{5, 4}}, {{4, 4}, true}, {{4}, true}}, build, reference, {.reduction = 8});
}

BOOST_AUTO_TEST_CASE(of_what_the_output_does_not_depend_on_is_zeros_of_its_shape) {
  Graph g;
  const Value x = g.input("x", {{2, 3}}), other = g.parameter("w", {{4, 5}}, zeros());
  const auto d = gradient({relu(x)}, {x, other});
  BOOST_CHECK(!all_zero(g, d[0]));
  BOOST_CHECK(all_zero(g, d[1]) && d[1].shape() == other.shape());
}

BOOST_AUTO_TEST_CASE(of_a_value_by_itself_is_its_seed) {
  Graph g;
  const Value x = g.input("x", {{2, 3}}), seed = g.input("seed", {{2, 3}});
  BOOST_CHECK(gradient({x}, {x}, {seed})[0] == seed);
}

BOOST_AUTO_TEST_CASE(by_a_value_does_not_ask_the_op_that_made_it) {
  Graph g;
  const Value x = g.input("x", {{2, 3}});
  const Value y = g.add(std::make_shared<Opaque>(), {x})[0];
  BOOST_TEST((gradient(relu(y), y).shape() == y.shape()));
}

BOOST_AUTO_TEST_CASE(training_makes_no_data_gradient_for_the_first_layer) {
  Graph g;
  const Value x = g.input("x", {{4, 3}}), labels = g.input("labels", {{4}, Type::s32});
  Value h = relu(linear(x, {.out = 5, .name = "fc1"}));
  h = linear(h, {.out = 2, .name = "fc2"});
  const Value loss = softmax_cross_entropy(h, labels);
  gradient({loss}, g.parameters());
  BOOST_CHECK_EQUAL(count(g, "linear_data_gradient"), 1);
  BOOST_CHECK_EQUAL(count(g, "linear_weight_gradient"), 2);
  BOOST_CHECK_EQUAL(count(g, "bias_gradient"), 2);
}

BOOST_AUTO_TEST_CASE(by_the_image_makes_no_weight_gradients) {
  Graph g;
  const Value x = g.input("x", {{4, 3}});
  const Value y = linear(relu(linear(x, {.out = 5, .name = "fc1"})), {.out = 2, .name = "fc2"});
  BOOST_CHECK(gradient(y, x).shape() == x.shape());
  BOOST_CHECK_EQUAL(count(g, "linear_data_gradient"), 2);
  BOOST_CHECK_EQUAL(count(g, "linear_weight_gradient") + count(g, "bias_gradient"), 0);
}

BOOST_AUTO_TEST_CASE(nodes_are_backward_ones_and_named_after_theirs) {
  Graph g;
  const Value x = g.input("x", {{4, 3}});
  const Value d = gradient(relu(linear(x, {.out = 5, .name = "fc"})), x);
  BOOST_CHECK_EQUAL(g.node(d).name, "fc.linear_data_gradient");
  BOOST_CHECK(g.node(d).role == Role::backward);
  BOOST_CHECK(g.node(relu(x)).role == Role::forward);
}

BOOST_AUTO_TEST_CASE(several_outputs_add_up_with_their_grad_outputs) {
  Graph g;
  const Value x = g.input("x", {{2}});
  const Value a = g.input("a", {{2}}), b = g.input("b", {{2}});
  g.output("dx", gradient({relu(x), x}, {x}, {a, b})[0]);
  Store store;
  Scheduler scheduler(1);
  Flow flow(g, store, scheduler);
  const std::vector<float> xs{-1, 2}, as{10, 20}, bs{3, 4};
  std::copy(xs.begin(), xs.end(), flow.input("x").as().begin());
  std::copy(as.begin(), as.end(), flow.input("a").as().begin());
  std::copy(bs.begin(), bs.end(), flow.input("b").as().begin());
  flow.run();
  BOOST_CHECK_EQUAL(flow.output("dx")[0], 3);
  BOOST_CHECK_EQUAL(flow.output("dx")[1], 24);
}

BOOST_AUTO_TEST_CASE(can_be_differentiated_again) {
  auto build = [](Graph&, const std::vector<Value>& v) {
    const Value y = linear(v[0], v[1], Value{});
    return gradient({y}, {v[1]}, {y})[0];  // dW = (x Wᵀ)ᵀ x
  };
  auto reference = []<class T>(const std::vector<Array<T>>& in) {
    const auto &x = in[0], &w = in[1];
    Array<T> dw(w.shape);
    for (std::int64_t n = 0; n < x.shape[0]; ++n)
      for (std::int64_t o = 0; o < w.shape[0]; ++o) {
        T y = 0;
        for (std::int64_t i = 0; i < x.shape[1]; ++i) y += x(n, i) * w(o, i);
        for (std::int64_t i = 0; i < x.shape[1]; ++i) dw(o, i) += y * x(n, i);
      }
    return dw;
  };
  proof::prove("gradient of a gradient", {{{5, 3}}, {{2, 3}, true}}, build, reference, {.reduction = 15});
}

BOOST_AUTO_TEST_CASE(says_what_it_needs) {
  Graph g;
  const Value x = g.input("x", {{2}}), labels = g.input("labels", {{3}});
  CHECK_FAILS(gradient(std::vector<Value>{}, {x}), "needs at least one output and one value");
  CHECK_FAILS(gradient({x}, std::vector<Value>{}), "needs at least one output and one value");
  CHECK_FAILS(gradient({relu(x)}, {x}, {x, x}), "got 2 grad_outputs for 1 outputs");
  CHECK_FAILS(gradient({relu(x)}, {x}, {labels}), "grad_output 0 does not have shape [2]");
  Graph other;
  CHECK_FAILS(gradient(Value{}, x), "[gradient] a value belongs to no graph or to another one");
  CHECK_FAILS(gradient(relu(x), other.input("x", {{2}})), "[gradient] a value belongs to no graph or to another one");
}

BOOST_AUTO_TEST_CASE(an_op_without_a_rule_or_with_a_wrong_one_is_named) {
  Graph g;
  const Value x = g.input("x", {{2}});
  CHECK_FAILS(gradient(g.add(std::make_shared<Opaque>(), {x}).at(0), x), "[opaque] has no gradient");
  CHECK_FAILS(gradient(g.add(std::make_shared<Careless>(), {x}, "layer").at(0), x),
              "[layer] gradient of input 0 has shape [1], the input has [2]");
}

BOOST_AUTO_TEST_CASE(a_number_without_axes_has_a_gradient) {
  Graph g;
  const Value x = g.input("x", {{2, 2}}), y = reshape(sum_to(multiply(x, x), {1}), {});
  BOOST_TEST((y.shape() == Shape{}));
  g.output("y", y);
  g.output("dx", gradient(y, x));
  const auto got = outputs_of(g, {{"x", {1, 2, 3, 4}}});
  BOOST_TEST(got.at("y") == std::vector<float>{30});
  BOOST_TEST(got.at("dx") == (std::vector<float>{2, 4, 6, 8}));
}

/// Guided backpropagation: what passes back through a relu loses its negative part.
BOOST_AUTO_TEST_CASE(a_rule_changes_what_nodes_pass_back) {
  Graph g;
  const Value x = g.input("x", {{4}}), seed = g.input("seed", {{4}});
  const GradientRule rule = [](const Node& node, Value v) { return node.op->kind() == "relu" ? relu(v) : v; };
  const Value y = multiply(relu(x), x);
  g.output("chain", gradient({y}, {x}, {seed})[0]);
  g.output("guided", gradient({y}, {x}, {seed}, rule)[0]);
  const auto got = outputs_of(g, {{"x", {1, 2, -3, 4}}, {"seed", {1, -1, 1, 1}}});
  BOOST_TEST(got.at("chain") == (std::vector<float>{2, -4, 0, 8}));
  BOOST_TEST(got.at("guided") == (std::vector<float>{2, -2, 0, 8}));
}

BOOST_AUTO_TEST_CASE(a_rule_that_changes_the_shape_is_refused) {
  Graph g;
  const Value x = g.input("x", {{4}});
  const GradientRule rule = [](const Node&, Value v) { return reshape(v, {2, 2}); };
  CHECK_FAILS(gradient({relu(x)}, {x}, {}, rule), "the rule gave a gradient of shape [2, 2], expected [4]");
}

BOOST_AUTO_TEST_SUITE_END()
