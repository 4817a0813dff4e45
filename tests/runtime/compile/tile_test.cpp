#include "tests/support/graphs.h"
#include "tests/support/test.h"

using namespace backflow;
using graphs::node;
using graphs::probe;

namespace {

Plan tiled(const Graph& g) { return tile(fuse(prune(g))); }

}  // namespace

BOOST_AUTO_TEST_SUITE(tile_)

BOOST_AUTO_TEST_CASE(a_short_node_is_not_cut_and_a_long_one_is) {
  Graph g;
  const Value x = g.input("x", {{64, 2}});
  g.output("short", probe(x, nullptr, "short", 1'000));
  Graph h;
  h.output("long", probe(h.input("x", {{64, 2}}), nullptr, "long", 300'000));
  BOOST_CHECK_EQUAL(node(tiled(g), "short").tiles, 1);
  BOOST_CHECK_EQUAL(node(tiled(h), "long").tiles, 5);
  BOOST_CHECK_EQUAL(node(tiled(h), "long").length, 13);
}

BOOST_AUTO_TEST_CASE(a_weight_gradient_is_cut_so_that_its_update_finds_it_in_the_cache) {
  Graph g;
  graphs::mlp_step(g, 1, {784, 256, 10});
  const Plan plan = tiled(g);
  BOOST_CHECK_EQUAL(node(plan, "fc1.linear_weight_gradient").tiles, 7);  // of 128 KiB at most, as far as the grain goes
  BOOST_CHECK_EQUAL(node(plan, "fc2.linear_weight_gradient").tiles, 1);
  BOOST_CHECK_EQUAL(node(plan, "fc1+relu").tiles, 1);
}

BOOST_AUTO_TEST_CASE(large_weights_are_read_by_longer_tiles) {
  Graph large, few;
  graphs::mlp_step(large, 512, {1024, 1024, 10});
  graphs::mlp_step(few, 64, {1024, 1024, 10});
  BOOST_CHECK_EQUAL(node(tiled(large), "fc1+relu").length, 64);
  BOOST_CHECK_EQUAL(node(tiled(few), "fc1+relu").tiles, 4);
}

BOOST_AUTO_TEST_CASE(large_weights_of_few_rows_are_cut_instead_of_the_rows) {
  Graph g;
  graphs::mlp_step(g, 8, {784, 1024, 1024, 10});
  const Plan plan = tiled(g);
  for (const char* name : {"fc2+relu", "fc2.linear_data_gradient"}) {
    BOOST_CHECK_GT(node(plan, name).tiles, 1);
    BOOST_CHECK_EQUAL(node(plan, name).tiling.extent, 1024);
    BOOST_CHECK_EQUAL(node(plan, name).tiling.out[0].axis, 1);
  }
  BOOST_CHECK_EQUAL(node(plan, "fc3").tiling.extent, 8);
}

BOOST_AUTO_TEST_CASE(there_are_never_more_tiles_than_rows_or_than_sixteen) {
  for (std::int64_t rows : {1, 3, 1000}) {
    Graph g;
    g.output("y", probe(g.input("x", {{rows, 2}}), nullptr, "p", 1e9));
    const Plan plan = tiled(g);
    BOOST_CHECK_LE(node(plan, "p").tiles, 16);
    BOOST_CHECK_EQUAL(node(plan, "p").tiles, std::min<std::int64_t>(rows, 16));
  }
}

BOOST_AUTO_TEST_CASE(nodes_of_one_batch_share_one_cut) {
  Graph g;
  const Value x = g.input("x", {{64, 2}});
  g.output("y", probe(probe(x, nullptr, "short", 1'000), nullptr, "long", 300'000));
  g.output("other", probe(g.input("z", {{32, 2}}), nullptr, "other", 1'000));
  const Plan plan = tiled(g);
  BOOST_CHECK_EQUAL(node(plan, "short").length, node(plan, "long").length);
  BOOST_CHECK_EQUAL(node(plan, "other").tiles, 1);  // another batch size, another cut
}

BOOST_AUTO_TEST_CASE(a_small_layer_that_wants_many_rows_does_not_leave_large_ones_uncut) {
  Graph g;
  const Value x = probe(g.input("x", {{8, 64}}), nullptr, "long", 1e8);
  g.output("y", linear(x, {.out = 64, .name = "small"}));
  const Plan plan = tiled(g);
  BOOST_CHECK_EQUAL(node(plan, "long").tiles, 8);
  BOOST_CHECK_EQUAL(node(plan, "small").tiles, 8);
}

BOOST_AUTO_TEST_CASE(tiles_begin_at_multiples_of_the_grain) {
  Graph g;
  graphs::mlp_step(g, 200, {300, 300, 10});
  const Plan plan = tiled(g);
  BOOST_CHECK_GT(node(plan, "fc1+relu").tiles, 1);
  BOOST_CHECK_EQUAL(node(plan, "fc1+relu").length % 32, 0);
  BOOST_CHECK_EQUAL(node(plan, "fc1.linear_weight_gradient").length % 16, 0);
}

BOOST_AUTO_TEST_CASE(a_sum_over_the_batch_becomes_addends_and_a_node_that_adds_them) {
  Graph g;
  graphs::mlp_step(g, 200, {300, 300, 10});
  const Plan plan = tiled(g);
  const PlanNode &loss = node(plan, "softmax_cross_entropy"), &sum = node(plan, "softmax_cross_entropy.sum");
  BOOST_CHECK_EQUAL(sum.in.size(), loss.tiles);
  BOOST_CHECK(loss.addends.at(0) == sum.in);
  for (std::size_t t = 0; t < sum.in.size(); ++t)
    BOOST_CHECK_EQUAL(plan.values[sum.in[t]].name, str_cat("softmax_cross_entropy.", t));
  BOOST_CHECK_EQUAL(sum.out[0], plan.outputs.at("loss"));
}

BOOST_AUTO_TEST_CASE(a_sum_over_one_tile_needs_no_adding) {
  Graph g;
  graphs::mlp_step(g, 4, {3, 5, 2});
  BOOST_CHECK(graphs::names(tiled(g)).find(".sum") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
