#include <backflow/graph/sum.h>
#include "tests/support/graphs.h"
#include "tests/support/test.h"

using namespace backflow;
using graphs::node;
using graphs::probe;

BOOST_TEST_DONT_PRINT_LOG_VALUE(backflow::Shape)

namespace {

Plan cut_plan(const Graph& g) { return cut(layout(tile(fuse(prune(g))), {})); }

/// Row r of the result needs rows 2r − 1 … 2r + 1 of the input, as a convolution with stride 2 does.
class Halo final : public Op {
 public:
  std::string kind() const override { return "halo"; }
  std::vector<Spec> infer(std::span<const Spec> in) const override {
    return {{{in[0].shape[0] / 2, in[0].shape[1]}, Type::f32}};
  }
  Tiling tiling(const Signature& s) const override {
    Tiling t;
    t.extent = s.out[0].shape[0];
    t.nanoseconds = 180'000;
    t.in = {{Access::range, 0, 2, 1, 1}};
    t.out = {Access::along(0)};
    return t;
  }
  std::unique_ptr<Kernel> kernel(std::span<const View>, std::span<const View>) const override { return nullptr; }
};

/// Every element of each output belongs to exactly one tile.
void check_cover(const Plan& plan, const PlanNode& n) {
  for (std::size_t i = 0; i < n.out.size(); ++i) {
    if (n.addends.contains(i)) continue;
    std::int64_t covered = 0;
    for (const Tile& t : n.cut) covered += elements(t.out_view[i].shape);
    const PlanValue& v = plan.values[n.out[i]];
    const auto expected = n.tiling.flat ? physical_elements(v.spec.shape, v.layout) : elements(v.spec.shape);
    BOOST_CHECK_MESSAGE(covered == expected, n.name << " covers " << covered << " of " << expected);
    for (std::size_t t = 1; t < n.cut.size(); ++t)
      BOOST_CHECK_GT(n.cut[t].out_view[i].offset(), n.cut[t - 1].out_view[i].offset());
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cut_)

BOOST_AUTO_TEST_CASE(tiles_cover_every_output_once) {
  for (std::int64_t batch : {1, 31, 128, 200}) {
    Graph g;
    graphs::mlp_step(g, batch, {784, 256, 100, 10});
    const Plan plan = cut_plan(g);
    for (const PlanNode& n : plan.nodes) {
      BOOST_CHECK_EQUAL(n.cut.size(), n.tiles);
      check_cover(plan, n);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_tile_reads_the_rows_around_its_own_but_not_beyond_the_border) {
  Graph g;
  g.output("y", g.add(std::make_shared<Halo>(), {g.input("x", {{12, 5}})}).at(0));
  const PlanNode n = node(cut_plan(g), "halo");
  BOOST_REQUIRE_EQUAL(n.cut.size(), 3);
  const std::vector<std::pair<std::int64_t, std::int64_t>> rows{{0, 4}, {3, 8}, {7, 12}};
  for (std::size_t t = 0; t < 3; ++t) {
    const View& in = n.cut[t].in_view[0];
    BOOST_CHECK_EQUAL(in.begin[0], rows[t].first);
    BOOST_CHECK_EQUAL(in.begin[0] + in.shape[0], rows[t].second);
    BOOST_CHECK_EQUAL(in.shape[1], 5);
    BOOST_CHECK(n.cut[t].out_view[0].begin == (Shape{2 * static_cast<std::int64_t>(t), 0}));
  }
}

BOOST_AUTO_TEST_CASE(an_elementwise_node_is_cut_as_the_node_that_made_its_input) {
  Graph g;
  g.output("y", relu(probe(g.input("x", {{50, 3}}), nullptr, "p", 300'000)));
  const Plan plan = cut_plan(g);
  BOOST_REQUIRE_EQUAL(node(plan, "relu").tiles, 5);
  for (std::size_t t = 0; t < 5; ++t) {
    BOOST_CHECK(node(plan, "relu").cut[t].in_view[0].begin == node(plan, "p").cut[t].out_view[0].begin);
    BOOST_CHECK(node(plan, "relu").cut[t].in_view[0].shape == node(plan, "p").cut[t].out_view[0].shape);
  }
}

BOOST_AUTO_TEST_CASE(an_elementwise_node_on_an_input_is_cut_in_memory_order) {
  Graph g;
  g.output("y", relu(g.input("x", {{7, 200'001}})));
  const Plan plan = cut_plan(g);
  const PlanNode& n = node(plan, "relu");
  BOOST_CHECK_GT(n.tiles, 1);
  BOOST_CHECK(n.tiling.flat);
  for (const Tile& t : n.cut) BOOST_CHECK_EQUAL(t.in_view[0].shape.size(), 1);
  check_cover(plan, n);
}

BOOST_AUTO_TEST_CASE(each_tile_writes_its_own_addend) {
  Graph g;
  graphs::mlp_step(g, 200, {300, 300, 10});
  const PlanNode n = node(cut_plan(g), "softmax_cross_entropy");
  BOOST_REQUIRE_GT(n.tiles, 1);
  for (std::size_t t = 0; t < n.tiles; ++t) BOOST_CHECK_EQUAL(n.cut[t].out[0], n.addends.at(0)[t]);
}

BOOST_AUTO_TEST_SUITE_END()
