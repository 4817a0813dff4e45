// An op that says nothing of itself but its shape and its kernel: every pass must leave it right.
#include <map>
#include <memory>

#include <backflow/graph/gradient.h>
#include <backflow/ops/batch_norm.h>
#include <backflow/ops/concat.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/onednn/bf16_units.h>
#include <backflow/ops/relu.h>
#include <backflow/ops/scale.h>
#include <backflow/ops/slice.h>
#include <backflow/runtime/models/receptive_field.h>
#include "tests/support/distance.h"
#include "tests/support/preconditions.h"
#include "tests/support/run.h"

using namespace backflow;

namespace {

/// y = 2x, with nothing overridden that has a default, but for the gradient.
class Silent final : public Op {
 public:
  std::string kind() const override { return "silent"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  void gradient(Backward& b) const override { b.set(0, b.add(std::make_shared<Silent>(), {b.grad_output()})); }
  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View> out) const override {
    return loop_kernel([n = elements(out[0].shape)](const Buffers& b) {
      for (std::int64_t i = 0; i < n; ++i) b.output()[i] = 2 * b.input()[i];
    });
  }
};

using Twice = Value (*)(Value);

Value silent(Value x) { return x.graph->add(std::make_shared<Silent>(), {x})[0]; }
Value spoken(Value x) { return scale(x, 2); }

/// Twice between all that passes rearrange: convolutions, a batch norm, relus, a concat and a slice.
Value network(Value x, Twice twice) {
  const Value a = relu(conv2d(x, {.out = 16, .kernel = 3, .padding = 1, .name = "a"}));
  const Value b =
      twice(batch_norm(conv2d(twice(a), {.out = 16, .kernel = 3, .padding = 1, .name = "b"}), {.name = "n"}));
  const Value all = concat({relu(b), twice(a), relu(twice(b))});
  return conv2d(twice(slice(all, {.axis = 1, .begin = 16, .length = 32})), {.out = 4, .kernel = 1, .name = "c"});
}

/// y and the gradient of x for fixed inputs.
std::map<std::string, std::vector<float>> results(Twice twice, Precision precision, bool frozen) {
  Graph g;
  const Value x = g.input("x", {{4, 16, 12, 12}}), y = network(x, twice);
  g.output("y", y);
  g.output("dx", gradient({y}, {x}, {g.input("dy", y.spec())})[0]);
  Store store;
  if (frozen) {
    Scheduler first(1);
    Flow(g, store, first).run();  // makes the weights
    store.freeze();
  }
  Scheduler scheduler(2);
  Flow flow(g, store, scheduler, {.precision = precision});
  for (const char* name : {"x", "dy"}) {
    auto values = flow.input(name).as();
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * 37 % 101) / 50 - 1;
  }
  flow.run();
  std::map<std::string, std::vector<float>> found;
  for (const char* name : {"y", "dx"}) found[name].assign(flow.output(name).begin(), flow.output(name).end());
  return found;
}

void compare(Precision precision, bool frozen, double tolerance) {
  const auto got = results(silent, precision, frozen), expected = results(spoken, precision, frozen);
  for (const auto& [name, values] : expected)
    BOOST_TEST(relative_distance(got.at(name), values) < tolerance, name << (frozen ? ", frozen" : ""));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(silent_op)

BOOST_AUTO_TEST_CASE(is_right_in_f32) { compare(Precision::f32, false, 1e-6); }

BOOST_AUTO_TEST_CASE(is_right_with_frozen_weights) { compare(Precision::f32, true, 1e-6); }

BOOST_AUTO_TEST_CASE(is_right_in_bf16, *needs_bf16()) {
  compare(Precision::bf16, false, 2e-2);  // the spoken one is held in bf16 too, the silent one is not
  compare(Precision::bf16, true, 2e-2);
}

BOOST_AUTO_TEST_CASE(has_no_receptive_field_that_could_be_wrong) {
  Graph g;
  const Value x = g.input("x", {{1, 3, 16, 16}});
  const Value before = conv2d(x, {.out = 4, .kernel = 3, .name = "a"});
  const Value after = conv2d(silent(before), {.out = 4, .kernel = 3, .name = "b"});
  BOOST_TEST(models::receptive_field(before, x)->rows.length() == 3);
  BOOST_CHECK_EXCEPTION(models::receptive_field(after, x), Error,
                        [](const Error& e) { return std::string(e.what()).find("op 'silent'") != std::string::npos; });
}

// Its output is no part of the way from the image to the layer.
BOOST_AUTO_TEST_CASE(does_not_matter_beside_the_layer) {
  Graph g;
  const Value x = g.input("x", {{1, 3, 16, 16}});
  silent(x);
  BOOST_TEST(models::receptive_field(conv2d(x, {.out = 4, .kernel = 5, .name = "a"}), x)->rows.length() == 5);
}

BOOST_AUTO_TEST_SUITE_END()
