#include <backflow/graph/sum.h>
#include <backflow/ops/tanh.h>
#include "tests/support/graphs.h"
#include "tests/support/test.h"

using namespace backflow;
using graphs::probe;

namespace {

struct Compiled {
  explicit Compiled(const Graph& g) : plan(compile(g, {})), order(order_of(plan)), tasks(tasks_of(plan, order)) {}
  Plan plan;
  Order order;
  Tasks tasks;
};

/// Tasks that must have ended before `t`, directly or not.
std::vector<bool> before(const Tasks& tasks, std::size_t t) {
  std::vector<bool> result(tasks.units.size());
  std::vector<std::size_t> open{t};
  while (!open.empty()) {
    const std::size_t next = open.back();
    open.pop_back();
    for (std::size_t b : tasks.before[next])
      if (!result[b]) {
        result[b] = true;
        open.push_back(b);
      }
  }
  return result;
}

/// Every unit is in one task, and what it must wait for is earlier in its task or in a task before it.
void check(const Compiled& c) {
  std::vector<std::pair<std::size_t, std::size_t>> place(c.order.units.size());  // task, position
  std::vector<int> times(c.order.units.size());
  for (std::size_t t = 0; t < c.tasks.units.size(); ++t)
    for (std::size_t i = 0; i < c.tasks.units[t].size(); ++i) {
      place[c.tasks.units[t][i]] = {t, i};
      ++times[c.tasks.units[t][i]];
    }
  for (int n : times) BOOST_CHECK_EQUAL(n, 1);
  for (std::size_t u = 0; u < c.order.units.size(); ++u) {
    const auto ended = before(c.tasks, place[u].first);
    BOOST_CHECK(!ended[place[u].first]);
    for (std::size_t b : c.order.before[u])
      BOOST_CHECK(place[b].first == place[u].first ? place[b].second < place[u].second : ended[place[b].first]);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tasks_)

BOOST_AUTO_TEST_CASE(keep_the_order_of_the_units) {
  for (std::int64_t batch : {1, 32, 128, 500}) {
    Graph g;
    graphs::mlp_step(g, batch, {784, 256, 256, 10});
    check(Compiled(g));
  }
}

BOOST_AUTO_TEST_CASE(a_tiny_graph_is_one_task) {
  Graph g;
  graphs::mlp_step(g, 4, {3, 5, 2});
  BOOST_CHECK_EQUAL(Compiled(g).tasks.units.size(), 1);
}

BOOST_AUTO_TEST_CASE(in_a_tiny_graph_each_tile_is_read_right_after_it_was_made) {
  Graph g;
  Value h = g.input("x", {{40, 8}});
  for (int i = 0; i < 3; ++i) h = probe(h, nullptr, "", 60'000);
  g.output("y", h);
  Compiled c(g);
  for (PlanNode& node : c.plan.nodes) node.tiling.nanoseconds = 1;
  c.tasks = tasks_of(c.plan, c.order);
  BOOST_REQUIRE_EQUAL(c.tasks.units.size(), 1);
  check(c);
  const auto& units = c.tasks.units[0];
  for (std::size_t i = 0; i < units.size(); ++i) {
    BOOST_CHECK_EQUAL(c.order.units[units[i]].node, i % 3);
    BOOST_CHECK_EQUAL(c.order.units[units[i]].tile, i / 3);
  }
}

BOOST_AUTO_TEST_CASE(a_chain_is_one_task_for_each_tile) {
  Graph g;
  Value h = g.input("x", {{40, 8}});
  for (int i = 0; i < 5; ++i) h = probe(h, nullptr, "", 60'000);
  g.output("y", h);
  const Compiled c(g);
  BOOST_CHECK_EQUAL(c.order.units.size(), 5 * c.tasks.units.size());
  for (const auto& b : c.tasks.before) BOOST_CHECK(b.empty());
  check(c);
}

BOOST_AUTO_TEST_CASE(branches_are_tasks_that_can_run_side_by_side) {
  Graph g;
  const Value x = g.input("x", {{1, 8}});
  const Value h = probe(x, nullptr, "h", 60'000);
  g.output("y", sum({probe(h, nullptr, "a", 60'000), probe(h, nullptr, "b", 60'000)}));
  const Compiled c(g);
  BOOST_CHECK_EQUAL(c.tasks.units.size(), 4);
  check(c);
}

BOOST_AUTO_TEST_SUITE_END()
