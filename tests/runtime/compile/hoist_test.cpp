#include <backflow/ops/conv2d.h>
#include <backflow/ops/kernels/isa.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/graphs.h"
#include "tests/support/memory_proof.h"
#include "tests/support/test.h"

using namespace backflow;
using graphs::in_layout;
using graphs::names;

namespace {

/// Two readers that want the parameter in different orders.
void build(Graph& g) {
  const Value w = g.parameter("w", {{3, 5}}, uniform(-1, 1));
  g.output("y", in_layout(w, "ab", "first"));
  g.output("z", in_layout(in_layout(w, "ba", "second"), "ab", "third"));
}

std::vector<float> output(const Flow& flow, const std::string& name) {
  const auto y = flow.output(name);
  return {y.begin(), y.end()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hoist_)

BOOST_AUTO_TEST_CASE(a_reorder_of_frozen_weights_leaves_the_step) {
  Graph g;
  build(g);
  const Plan every = compile(g, {}), once = compile(g, {}, {.frozen = true});
  BOOST_CHECK(names(every).find("w.reorder") != std::string::npos);
  BOOST_CHECK(names(once).find("w.reorder") == std::string::npos);
  BOOST_REQUIRE_EQUAL(once.once.size(), 1);
  BOOST_CHECK_EQUAL(once.values[once.once[0].out[0]].derived, "reorder(w[ab])[ba]");
  BOOST_CHECK(memory_proof::violations(once).empty());
}

BOOST_AUTO_TEST_CASE(what_depends_on_an_input_stays) {
  Graph g;
  const Value x = g.input("x", {{3, 5}});
  g.output("y", in_layout(x, "ba"));
  BOOST_CHECK(compile(g, {}, {.frozen = true}).once.empty());
}

BOOST_AUTO_TEST_CASE(frozen_weights_give_the_same_bits_and_are_shared_by_flows) {
  Graph g;
  build(g);
  Store store, frozen;
  frozen.freeze();
  Scheduler scheduler(1);
  Flow plain(g, store, scheduler), first(g, frozen, scheduler), second(g, frozen, scheduler);
  for (Flow* flow : {&plain, &first, &second}) flow->run();
  for (const std::string name : {"y", "z"}) {
    BOOST_CHECK(output(plain, name) == output(first, name));
    BOOST_CHECK(output(first, name) == output(second, name));
  }
  int made = 0;
  frozen.derived("reorder(w[ab])[ba]", [&] { return ++made, Tensor(); });
  BOOST_CHECK_EQUAL(made, 0);
}

BOOST_AUTO_TEST_CASE(an_update_of_frozen_weights_is_an_error) {
  Graph g;
  graphs::mlp_step(g, 4, {3, 2});
  Store store;
  store.freeze();
  Scheduler scheduler(1);
  CHECK_FAILS(Flow(g, store, scheduler), "would change frozen weights");
}

BOOST_AUTO_TEST_SUITE_END()
