#include <cmath>

#include <backflow/graph/gradient.h>
#include <backflow/ops/conv2d.h>
#include <backflow/ops/max_pool2d.h>
#include <backflow/ops/relu.h>
#include <backflow/runtime/flow/flow.h>
#include <backflow/runtime/scheduler/scheduler.h>
#include "tests/support/graphs.h"
#include "tests/support/memory_proof.h"
#include "tests/support/test.h"

using namespace backflow;

namespace {

/// Sixteen layers on one image, and the gradient by it.
void build(Graph& g) {
  const Value x = g.input("x", {{1, 16, 24, 24}});
  Value h = x;
  for (int i = 0; i < 16; ++i) {
    h = relu(conv2d(h, {.out = 16, .kernel = 3, .padding = 1, .name = "conv" + std::to_string(i)}));
    if (i == 13) h = max_pool2d(h);
  }
  g.output("dx", gradient(h, x));
}

struct Result {
  std::vector<float> dx;
  std::size_t bytes;
};

Result run(std::size_t limit, int threads) {
  Graph g;
  build(g);
  Store store;
  Scheduler scheduler(threads);
  Flow flow(g, store, scheduler, {.memory_limit = limit});
  float v = 0;
  for (float& e : flow.input("x").as()) e = std::sin(v += 0.3F);
  for (int step = 0; step < 2; ++step) flow.run();
  const auto dx = flow.output("dx");
  return {{dx.begin(), dx.end()}, flow.arena_bytes()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recompute_)

BOOST_AUTO_TEST_CASE(a_memory_limit_is_met_with_the_same_bits) {
  const Result all = run(0, 1);
  for (const int threads : {1, 2, 4, 8}) {
    const Result some = run(all.bytes * 3 / 4, threads);
    BOOST_CHECK_LE(some.bytes, all.bytes * 3 / 4);
    BOOST_CHECK(some.dx == all.dx);
  }
}

BOOST_AUTO_TEST_CASE(a_limit_that_cannot_be_met_is_an_error) {
  CHECK_FAILS(run(1000, 1), "bytes for temporary values at least, the limit is 1000");
}

BOOST_AUTO_TEST_CASE(copies_run_when_the_gradient_arrives) {
  Graph g;
  build(g);
  const Plan plan = recompute(fuse(prune(g)), 4);
  std::size_t copies = 0;
  for (const PlanNode& n : plan.nodes)
    if (n.name.ends_with(".again")) {
      ++copies;
      BOOST_CHECK(n.role == Role::backward && !n.after.empty());
    }
  BOOST_CHECK_GE(copies, 6);
  BOOST_CHECK_LT(copies, 13);  // the last segment is not computed again, nor are the borders
  for (const std::size_t segments : {2, 4, 8}) {
    Plan tiled = tile(recompute(fuse(prune(g)), segments));
    BOOST_CHECK(memory_proof::violations(memory(schedule(cut(layout(std::move(tiled), {}))))).empty());
  }
}

BOOST_AUTO_TEST_CASE(without_a_limit_nothing_is_computed_twice) {
  Graph g;
  build(g);
  BOOST_CHECK_EQUAL(graphs::names(compile(g, {})).find(".again"), std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
