// Faults are injected into nodes; each must arrive once, where the caller waits, and leave the flow usable.
#include <atomic>
#include <stdexcept>

#include <backflow/graph/sum.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/graphs.h"
#include "tests/support/test.h"

using namespace backflow;
using graphs::probe;

namespace {

constexpr int kThreads[] = {1, 2, 4, 8};

/// A flow of probes that do what a test wants.
struct Rig {
  Rig(const Graph& g, int threads, FlowOptions options = {}) : scheduler(threads), flow(g, store, scheduler, options) {}
  Store store;
  Scheduler scheduler;
  Flow flow;
};

/// Cannot be made into a kernel.
class Unmakeable final : public Op {
 public:
  std::string kind() const override { return "unmakeable"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override { return {in[0]}; }
  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View>) const override {
    throw std::runtime_error("no such primitive");
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(flow_error)

BOOST_AUTO_TEST_CASE(an_exception_in_a_node_arrives_with_its_name_and_the_flow_works_again) {
  for (int threads : kThreads) {
    bool broken = false;
    Graph g;
    const Value x = g.input("x", {{50, 2}});
    const Value h = probe(
        x, [&](std::int64_t row) { require(!broken || row < 30, "boom"); }, "middle", 300'000);
    g.output("y", probe(h, nullptr, "after", 300'000));
    Rig rig(g, threads, {.name = "training"});
    for (int round = 0; round < 20; ++round) {
      broken = true;
      CHECK_FAILS(rig.flow.run(), "[training] node 'middle': boom");
      broken = false;
      rig.flow.input("x").as()[99] = static_cast<float>(round);
      BOOST_CHECK_NO_THROW(rig.flow.run());
      BOOST_CHECK_EQUAL(rig.flow.output("y")[99], round);
    }
  }
}

BOOST_AUTO_TEST_CASE(when_every_tile_fails_one_error_arrives) {
  for (int threads : kThreads) {
    std::atomic<int> thrown{0};
    Graph g;
    g.output("y", probe(
                      g.input("x", {{50, 2}}),
                      [&](std::int64_t) {
                        ++thrown;
                        fail("boom");
                      },
                      "all", 300'000));
    Rig rig(g, threads);
    for (int round = 0; round < 20; ++round) {
      thrown = 0;
      CHECK_FAILS(rig.flow.run(), "[flow] node 'all': boom");
      BOOST_CHECK_GE(thrown, 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_depends_on_a_failed_node_is_not_run) {
  for (int threads : kThreads) {
    std::atomic<int> after{0};
    Graph g;
    const Value h = probe(
        g.input("x", {{50, 2}}), [](std::int64_t) { fail("boom"); }, "first", 300'000);
    // A sum of all rows' tiles: it must wait for every one of them.
    g.output("y", probe(
                      h, [&](std::int64_t) { ++after; }, "second", 300'000));
    Rig rig(g, threads);
    CHECK_FAILS(rig.flow.run(), "node 'first': boom");
    BOOST_CHECK_EQUAL(after, 0);
  }
}

BOOST_AUTO_TEST_CASE(a_failed_step_updates_no_parameter_that_depends_on_the_failed_node) {
  Graph g;
  const Value w = g.parameter("w", {{8, 2}}, filled(1));
  sgd(w,
      probe(
          w, [](std::int64_t) { fail("boom"); }, "gradient"),
      g.input("lr", {{1}}));
  Rig rig(g, 2);
  rig.flow.input("lr").as()[0] = 1;
  CHECK_FAILS(rig.flow.run(), "node 'gradient': boom");
  for (float value : rig.store.at("w").as()) BOOST_CHECK_EQUAL(value, 1);
}

BOOST_AUTO_TEST_CASE(any_type_of_exception_is_caught) {
  int kind = 0;
  Graph g;
  g.output("y", probe(
                    g.input("x", {{1, 2}}),
                    [&](std::int64_t) {
                      if (kind == 1) throw std::out_of_range("index 7");
                      if (kind == 2) throw 42;
                    },
                    "p"));
  Rig rig(g, 2);
  kind = 1;
  CHECK_FAILS(rig.flow.run(), "node 'p': index 7");
  kind = 2;
  CHECK_FAILS(rig.flow.run(), "node 'p': an exception of an unknown type");
  kind = 0;
  BOOST_CHECK_NO_THROW(rig.flow.run());
}

BOOST_AUTO_TEST_CASE(what_fails_beside_the_nodes_arrives_too) {
  for (int threads : kThreads) {
    bool broken = true;
    Graph g;
    g.output("y", probe(g.input("x", {{50, 2}}), nullptr, "p", 300'000));
    Rig rig(g, threads, {.prefetch = [&](std::size_t) { require(!broken, "the disk is gone"); }});
    CHECK_FAILS(rig.flow.run(), "[flow] node 'prefetch': the disk is gone");
    broken = false;
    BOOST_CHECK_NO_THROW(rig.flow.run());
  }
}

BOOST_AUTO_TEST_CASE(a_label_out_of_range_names_the_loss) {
  Graph g;
  graphs::mlp_step(g, 64, {8, 3});
  Rig rig(g, 2);
  rig.flow.input("labels").as<std::int32_t>()[63] = 3;
  CHECK_FAILS(rig.flow.run(), "node 'softmax_cross_entropy");
  rig.flow.input("labels").as<std::int32_t>()[63] = 2;
  BOOST_CHECK_NO_THROW(rig.flow.run());
}

BOOST_AUTO_TEST_CASE(a_kernel_that_cannot_be_made_is_named_while_compiling) {
  Graph g;
  g.output("y", g.add(std::make_shared<Unmakeable>(), {g.input("x", {{2}})}, "odd").at(0));
  Store store;
  Scheduler scheduler(1);
  CHECK_FAILS(Flow(g, store, scheduler), "[odd] no such primitive");
}

BOOST_AUTO_TEST_SUITE_END()
